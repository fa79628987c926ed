function ConvertTo-PimScope {
    # Scripts give paths with and without a slash at either end.
    param([string] $Scope)

    '/' + $Scope.Trim().Trim('/')
}

function New-PimRoleReference {
    # Name or id as the core takes it, and what the role is called in messages; without either the user picks.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session, [string] $Scope, [string] $Name, [string] $Id, [string] $IdField)

    if ($Id) { return @{ Fields = @{ scope = $Scope; $IdField = $Id }; Label = $Id } }
    if ($Name) { return @{ Fields = @{ scope = $Scope; roleName = $Name }; Label = $Name } }
    $picked = Get-PimPickedRoleDefinition -Cmdlet $Cmdlet -Session $Session -Scope $Scope
    @{ Fields = @{ scope = $Scope; $IdField = $picked.roleDefinitionId }; Label = $picked.RoleName }
}

function New-PimPolicyChange {
    # Only what the caller named; $Bound is what that is.
    param($Bound)

    $change = @{}
    foreach ($name in 'requireJustification', 'requireAuthenticationContext', 'requireApproval', 'allowPermanentAssignment') {
        if ($Bound.ContainsKey($name)) { $change[$name] = [bool] $Bound[$name] }
    }
    if ($Bound.ContainsKey('authenticationContextId')) { $change['authenticationContextId'] = ConvertTo-PimScalarText $Bound['authenticationContextId'] }
    foreach ($name in 'approverGroupIds', 'approverUserIds') {
        if ($Bound.ContainsKey($name)) { $change[$name] = [string[]] @($Bound[$name] | Where-Object { $_ }) }
    }
    if ($Bound.ContainsKey('MaximumEligibleDuration')) { $change['maximumEligibleDuration'] = ConvertTo-PimDuration -Duration $Bound['MaximumEligibleDuration'] }
    $change
}

function Invoke-PimPolicyChange {
    # The reply of the change; nothing if the user did not confirm it.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session, [hashtable] $Request, [string] $Role, [string] $Consequence)

    $place = $Request['scope']
    if ($WhatIfPreference -or [string] $ConfirmPreference -in 'Low', 'Medium') {
        $plan = Invoke-PimPolicyCall -Cmdlet $Cmdlet -Session $Session -Request ($Request + @{ plan = $true }) -Role $Role -Consequence $Consequence
        if (@($plan.changes).Count -gt 0) {
            $action = 'change ' + (@(foreach ($change in $plan.changes) { Get-PimPolicyLine $change }) -join '; ')
            if (-not $Cmdlet.ShouldProcess("policy of role '$Role' at scope '$place'", $action)) { return }
        } elseif ($WhatIfPreference) {
            Write-Warning "No changes detected in PIM assignment settings for role '$Role' at scope '$place'."
            return
        }
    }
    $result = Invoke-PimPolicyCall -Cmdlet $Cmdlet -Session $Session -Request $Request -Role $Role -Consequence $Consequence
    if (@($result.changes).Count -eq 0) {
        Write-Warning "No changes detected in PIM assignment settings for role '$Role' at scope '$place'."
    } else {
        $lines = @("PIM assignment settings changed for role '$Role' at scope '$place':") + @(foreach ($change in $result.changes) { "  - $(Get-PimPolicyLine $change)" })
        Write-Warning ($lines -join [System.Environment]::NewLine)
    }
    $result
}

function Invoke-PimPolicyCall {
    # $Consequence is what has not happened either if the change fails.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session, [hashtable] $Request, [string] $Role, [string] $Consequence)

    Invoke-PimCore -Cmdlet $Cmdlet -Session $Session -Operation 'resourceRole.setPolicy' -Request $Request -OnFailure {
        param($failure)
        $words = Get-PimResourceRoleWords -Cmdlet $Cmdlet -Failure $failure -Role $Role -Scope $Request['scope'] -Write 'update role management policy'
        if ($Consequence) { $words = "$words. $Consequence" }
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Failure $failure -Message $words))
    }
}

function Get-PimResourceRoleWords {
    # The sentences that scripts know, for the failures that had one.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Failure, [string] $Role, [string] $Scope, [string] $Write)

    $name = $Cmdlet.MyInvocation.MyCommand.Name
    $status = Get-PimField (Get-PimField $Failure 'http') 'status'
    switch ($Failure.code) {
        'RoleNotFound' { return "${name}: Role '$Role' not found at scope '$Scope'." }
        'ScopeNotFound' { return "${name}: Role '$Role' not found at scope '$Scope'. Error: $($Failure.message)" }
        'PolicyNotFound' { return "${name}: No PIM policy assignment found for role at scope '$Scope'." }
    }
    if ($status) { return "${name}: Failed to $Write. Status: $status. Error: $($Failure.message)" }
    # What is refused here was refused by the service before; a sign-in that fails is no matter of the role.
    if ($Failure.category -in 'InvalidArgument', 'InvalidOperation', 'ObjectNotFound') { return "${name}: Failed to $Write. Error: $($Failure.message)" }
    $Failure.message
}

function Get-PimPolicyLine {
    param($Change)

    $labels = @{
        requireJustification = 'Require justification'; requireAuthenticationContext = 'Require authentication context'
        authenticationContextId = 'Authentication context ID'; requireApproval = 'Require approval'; approverGroupIds = 'Approver groups'
        approverUserIds = 'Approver users'; allowPermanentAssignment = 'Allow permanent assignment'; maximumEligibleDuration = 'Maximum eligible duration'
    }
    $label = Get-PimField $labels ([string] $Change.name) $Change.name
    '{0}: {1} -> {2}' -f $label, ($Change.old -join ', '), ($Change.new -join ', ')
}

function Get-PimPickedRoleDefinition {
    # The role of a resource scope that the user picks; an error of the command if none is picked.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session, [string] $Scope)

    $name = $Cmdlet.MyInvocation.MyCommand.Name
    Assert-PimPickList -Cmdlet $Cmdlet -Hint 'name the role'
    $roles = @(Invoke-PimCore -Cmdlet $Cmdlet -Session $Session -Operation 'resourceRole.definitions' -Request @{ scope = $Scope } -OnOutput { $args[0] } -OnFailure {
            param($failure)
            $words = if ($failure.code -eq 'ScopeNotFound') { "${name}: No roles found at scope '$Scope'. Error: $($failure.message)" }
            $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Failure $failure -Message $words))
        })
    if ($roles.Count -eq 0) {
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord @{
                    code = 'RoleNotFound'; category = 'ObjectNotFound'; target = $Scope
                    message = "${name}: No roles found at scope '$Scope'."; hint = 'check the scope'
                }))
    }
    $picked = Select-PimItem -Single -Items $roles -Title "Select IAM role for scope: $Scope" -Columns RoleName, Description, Id -Describe { $args[0].RoleName }
    if (-not $picked) {
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord @{
                    code = 'Cancelled'; category = 'OperationStopped'; target = $Scope
                    message = "${name}: No role selected."; hint = 'pick a role, or name it'
                }))
    }
    $picked
}

function Invoke-PimEligibilityCall {
    # $Missing takes what the policy would have to allow first, in place of an error. Where more than that is wrong, a change of the policy
    # would be for nothing.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session, [hashtable] $Request, [string] $Role, [hashtable] $Missing, [switch] $PolicyIsChanged)

    Invoke-PimCore -Cmdlet $Cmdlet -Session $Session -Operation 'resourceRole.assignEligibility' -Request $Request -OnFailure {
        param($failure)
        if ($Missing -and $failure.code -in 'PolicyViolation', 'DurationTooLong' -and -not (Get-PimField $failure 'causes')) {
            if ($Request.ContainsKey('permanent')) { $Missing.Change['allowPermanentAssignment'] = $true } else { $Missing.Change['maximumEligibleDuration'] = $Request['duration'] }
            return
        }
        $words = Get-PimResourceRoleWords -Cmdlet $Cmdlet -Failure $failure -Role $Role -Scope $Request['scope'] -Write 'create role eligibility assignment'
        if ($PolicyIsChanged) {
            $unknown = @((Get-PimField $failure 'writes') | Where-Object { $null -ne $_ -and $_.state -eq 'sent' }).Count -gt 0
            $outcome = if ($unknown) { 'whether somebody was made eligible is not known' } else { 'nobody was made eligible' }
            $words = "$words. The role's policy had been changed before, and $outcome."
        }
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Failure $failure -Message $words))
    }
}

function Set-PimPolicyForEligibility {
    # No more than the assignment needs. True if the policy was changed.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session, [hashtable] $Request, [string] $Role, [hashtable] $Change)

    $policy = @{ scope = $Request['scope'] } + $Change
    if ($Request.ContainsKey('roleName')) { $policy['roleName'] = $Request['roleName'] } else { $policy['roleId'] = $Request['roleDefinitionId'] }
    $result = Invoke-PimPolicyChange -Cmdlet $Cmdlet -Session $Session -Request $policy -Role $Role -Consequence 'Nobody was made eligible.'
    [bool] ($result -and $result.sent)
}
