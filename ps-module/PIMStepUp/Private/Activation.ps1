function Invoke-PimActivation {
    # Plans where the user wants to see or confirm, activates all roles in one call, and reports each as it ends.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        $Context,
        [hashtable] $Request,
        [hashtable[]] $Roles,
        [switch] $PassThru,
        [switch] $NoPortal,
        [switch] $UpdateGraphSession
    )

    $service = if ($Request['kind'] -eq 'resource') { 'Arm' } else { 'Graph' }
    $activation = @{
        Cmdlet = $Cmdlet; Kind = $Request['kind']; Session = Get-PimSession -Cmdlet $Cmdlet -Context $Context -Service $service; PassThru = [bool] $PassThru; Portal = -not $NoPortal
        Ended = 0; Missing = [System.Collections.Generic.List[string]]::new()
        Errors = [System.Collections.Generic.List[System.Management.Automation.ErrorRecord]]::new()
    }
    # -Confirm sets the preference to Low, -Confirm:$false to None.
    if ($WhatIfPreference -or [string] $ConfirmPreference -in 'Low', 'Medium') {
        $plan = @{ Confirmed = [System.Collections.Generic.List[hashtable]]::new() }
        Invoke-PimActivationCall -Cmdlet $Cmdlet -Activation $activation -Request ($Request + @{ roles = $Roles; plan = $true }) -OnResult {
            param($result)
            if ($result.status -ne 'Planned') { return Write-PimActivation -Activation $activation -Result $result }
            $activation.Ended++
            if ($Cmdlet.ShouldProcess((Get-PimActivationTarget $result), (Get-PimActivationPlan $result))) {
                $plan.Confirmed.Add(@{ name = $result.roleName; roleDefinitionId = $result.roleDefinitionId; scope = $result.scope })
            } elseif ($WhatIfPreference -and $activation.PassThru) {
                ConvertTo-PimActivationResult $result
            }
        }
        $Roles = $plan.Confirmed.ToArray()
    }
    if ($Roles.Count -gt 0) {
        Invoke-PimActivationCall -Cmdlet $Cmdlet -Activation $activation -Request ($Request + @{ roles = $Roles }) -OnResult {
            param($result)
            Write-PimActivation -Activation $activation -Result $result
        }
    }
    if ($UpdateGraphSession -and $Roles.Count -gt 0) { Update-PimGraphSession -Cmdlet $Cmdlet -Session $activation.Session }
    # At the end, because an error preference of Stop must not cut off roles whose requests are on their way.
    foreach ($record in $activation.Errors) { $Cmdlet.WriteError($record) }
    if ($activation.Kind -eq 'resource' -and $activation.Ended -gt 0 -and $activation.Ended -eq $activation.Missing.Count) {
        $failure = @{ code = 'RoleNotEligible'; category = 'ObjectNotFound'; hint = 'list the eligible roles with `Get-PIMMyEligibleResourceRole`' }
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Failure $failure -Message (Get-PimNoneOfTheRoles $activation.Missing)))
    }
}

function Invoke-PimActivationCall {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Activation, [hashtable] $Request, [scriptblock] $OnResult)

    # A shortened duration is told with the role's result, in the words that scripts know.
    Invoke-PimCore -Cmdlet $Cmdlet -Session $Activation.Session -Operation 'role.activate' -Request $Request -OnOutput $OnResult -SilentWarning DurationClamped -OnDone { } -OnFailure {
        param($failure)
        foreach ($record in $Activation.Errors) { $Cmdlet.WriteError($record) }
        $words = $null
        if ($failure.code -eq 'RoleNotEligible') {
            if ($Activation.Kind -eq 'resource') { return Stop-PimResourceActivation -Cmdlet $Cmdlet -Failure $failure -Role $Request['roles'] }
            $words = 'You have no eligible directory roles to activate.'
        }
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Failure $failure -Message $words))
    }
}

function Get-PimNoneOfTheRoles {
    param([string[]] $Name)

    "None of the requested roles ($(($Name | Sort-Object -Unique) -join ', ')) and scopes are available in your eligible roles."
}

function Stop-PimResourceActivation {
    # Nothing at all is eligible: each role is told, then the call ends.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Failure, [hashtable[]] $Role)

    $names = foreach ($selector in $Role) {
        $name = foreach ($field in 'name', 'roleDefinitionId', 'scheduleId') { Get-PimField $selector $field }
        $name = @($name | Where-Object { $_ }) | Select-Object -First 1
        Write-Warning "No eligible role found for scope '$(Get-PimField $selector 'scope')' with requested role name: $name."
        $name
    }
    $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Failure $Failure -Message (Get-PimNoneOfTheRoles $names)))
}

function Get-PimActivationTarget {
    param($Result)

    $place = Get-PimField $Result 'scopeName'
    if (-not $place -or $place -eq $Result.scope) { return "role '{0}' on '{1}'" -f $Result.roleName, $Result.scope }
    "role '{0}' on '{1}' ({2})" -f $Result.roleName, $place, $Result.scope
}

function Get-PimActivationPlan {
    # The sentence of -WhatIf and -Confirm: for how long, and what the policy demands.
    param($Result)

    $text = 'activate for {0}' -f (ConvertTo-PimTimeSpan (Get-PimField $Result 'duration'))
    $policy = Get-PimField $Result 'policy'
    if (-not $policy) { return "$text (policy not readable)" }
    $demands = @(
        $maximum = Get-PimField $policy 'maximumDuration'
        if ($maximum) { 'at most {0}' -f (ConvertTo-PimTimeSpan $maximum) }
        if ($policy.justificationRequired) { 'justification' }
        if ($policy.ticketRequired) { 'ticket' }
        if ($policy.mfaRequired) { 'multi-factor authentication' }
        if ($policy.approvalRequired) { 'approval' }
        $contextId = Get-PimField $policy 'authenticationContext'
        if ($contextId) { "authentication context $contextId" }
    )
    if ($demands.Count -eq 0) { return $text }
    "$text (policy: $($demands -join ', '))"
}

function Write-PimActivation {
    # Accepted requests are output, skipped roles are warnings, failed ones are collected.
    param([hashtable] $Activation, $Result)

    $Activation.Ended++
    $name = $Result.roleName
    $place = Get-PimField $Result 'scopeName' $Result.scope
    if ($Result.durationClamped) {
        $asked = ConvertTo-PimTimeSpan (Get-PimField $Result 'requestedDuration')
        Write-Warning ("Requested duration of {0:0.##} hour(s) exceeds maximum allowed duration of {1} for role '{2}'. Using maximum allowed duration." -f
            $asked.TotalHours, $Result.duration, $name)
    }
    $accepted = $true
    switch ($Result.status) {
        'Activated' { Write-Verbose "role '$name' on '$place' is active" }
        'Scheduled' { Write-Verbose "role '$name' on '$place' will be active from $(ConvertTo-PimTime (Get-PimField $Result 'startDateTime'))" }
        'PendingApproval' { Write-Warning "Role '$name' on '$place' waits for approval." }
        'Accepted' { Write-Warning "Activation of role '$name' on '$place' is accepted and not finished yet." }
        'AlreadyActive' {
            $accepted = $false
            Write-Warning $(if ($Activation.Kind -eq 'directory') { "Role '$name' is already active." } else { 'The role is already assigned.' })
        }
        'SufficientRoleActive' {
            $accepted = $false
            Write-Warning "Sufficient role '$(Get-PimField $Result 'sufficientRole')' is already active. Skipping activation of '$name'."
        }
        default {
            $accepted = $false
            Add-PimActivationFailure -Activation $Activation -Result $Result
        }
    }
    if ($Activation.PassThru) { return ConvertTo-PimActivationResult $Result }
    if (-not $accepted) { return }
    if ($Activation.Kind -eq 'directory') { ConvertTo-PimDirectoryActivation $Result } else { ConvertTo-PimResourceActivation $Result }
}

function Add-PimActivationFailure {
    param([hashtable] $Activation, $Result)

    $failure = Get-PimField $Result 'error'
    $code = [string] (Get-PimField $failure 'code')
    $name = $Result.roleName
    if ($code -eq 'RoleNotEligible' -and (-not $Result.roleDefinitionId)) {
        # Scripts written for AzurePIMStuff go on after a name that they are not eligible for, whatever the error preference.
        $Activation.Missing.Add($name)
        $hint = Get-PimField $failure 'hint'
        $words = "Role '$name' is not found in your eligible roles. Use Get-PIMMyEligibleDirectoryRole to list your eligible roles."
        if ($Activation.Kind -eq 'resource') {
            $words = "No eligible role found for scope '$($Result.scope)' with requested role name: $name."
        }
        if ($hint) { $words += " Hint: $hint." }
        return Write-Warning $words
    }
    $words = Get-PimActivationFailureWords -Kind $Activation.Kind -Result $Result -Failure $failure
    if ($Activation.Portal -and (Get-PimField $failure 'http')) {
        $Activation.Portal = $false
        Open-PimPortal -Cmdlet $Activation.Cmdlet -Session $Activation.Session -Kind $Activation.Kind
    }
    $Activation.Errors.Add((New-PimErrorRecord -Failure $failure -Message $words -Target (ConvertTo-PimActivationResult $Result)))
}

function Get-PimActivationFailureWords {
    # The sentences that scripts know.
    param([string] $Kind, $Result, $Failure)

    $name = $Result.roleName
    $message = Get-PimField $Failure 'message'
    if ($Result.status -eq 'Unconfirmed') { return "It is not known whether role '$name' on '$($Result.scope)' was activated: $message" }
    $code = [string] (Get-PimField $Failure 'code')
    $again = if ($Result.steppedUp -or $code -eq 'ChallengeUnsatisfied') { ' after re-authentication' }
    if ($Kind -eq 'directory') { return "Failed to activate the role '$name'$again. Error was: $message" }
    $status = Get-PimField (Get-PimField $Failure 'http') 'status'
    if ($again -and -not $status) { return "Failed to activate role '$name'$again. Error was: $message" }
    $words = "Failed to activate role '$name' on '$($Result.scope)'. "
    if ($status) { $words += "Status: $status. " }
    $words += "Error: $message"
    switch ($code) {
        'JustificationRequired' { $words += '. Justification is required for activating this role.' }
        'DurationTooLong' {
            $maximum = Get-PimField (Get-PimField $Result 'policy') 'maximumDuration'
            if ($maximum) { $words += ". Maximum allowed duration is $($maximum -replace '^PT')." }
        }
    }
    $words
}

function Open-PimPortal {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session, [string] $Kind)

    if (-not (Test-PimInteractive)) { return }
    $portals = @{ Global = 'https://portal.azure.com'; USGovL4 = 'https://portal.azure.us'; USGovL5DoD = 'https://portal.azure.us'; China = 'https://portal.azure.cn' }
    $portal = $portals[[string] (Invoke-PimCore -Cmdlet $Cmdlet -Session $Session -Operation 'session.show').cloud]
    if (-not $portal) { return }
    $page = if ($Kind -eq 'directory') { 'aadmigratedroles/provider/aadroles' } else { 'azurerbac' }
    Write-Warning 'Opening the portal for manual activation.'
    Start-Process -FilePath "$portal/?feature.msaljs=true#view/Microsoft_Azure_PIMCommon/ActivationMenuBlade/~/$page"
}
