function Invoke-PIMDirectoryRoleActivation {
    <#
    .SYNOPSIS
    Activates eligible Entra directory roles of the signed-in user.

    .DESCRIPTION
    All roles are activated side by side. If the service demands a stronger sign-in (an authentication context, for example a
    passkey), the user signs in once for all of them and the requests are repeated. Each role's policy is read first: a
    duration above its maximum is shortened with a warning. A role that fails is an error and does not stop the others. A role
    that is active, that another active role makes unnecessary, or that the user is not eligible for is a warning.

    The output is one dictionary for each request that the service accepted: its own answer (id, status, roleDefinitionId,
    scheduleInfo and so on), and RoleName, ScopeName, ActivationStatus, Duration, StartDateTime, EndDateTime,
    AuthenticationContexts and SteppedUp.

    .PARAMETER roleName
    Names of the roles. Without any the user picks from a list. Tab completes the names that were last listed.

    .PARAMETER justification
    Why the roles are needed.

    .PARAMETER durationInHours
    0 to 8 hours; 0 means 30 minutes. Default: 1.

    .PARAMETER waitAfterActivation
    For how many seconds to wait until accepted roles are in force. The wait ends as soon as they are. 0: no wait. Default: 30.

    .PARAMETER sufficientRoleName
    Roles that make the activation unnecessary if one of them is active: a name or names for all roles, or a dictionary of role
    name to name or names. Global Administrator always is one.

    .PARAMETER Duration
    Any duration from five minutes, such as 01:30:00, in place of durationInHours. Parts of a second are dropped.

    .PARAMETER MaximumDuration
    The longest duration that each role's policy allows, in place of durationInHours.

    .PARAMETER TicketNumber
    Number of the ticket, for policies that demand one.

    .PARAMETER TicketSystem
    The system that holds the ticket.

    .PARAMETER StartTime
    When the activation begins. Default: at once.

    .PARAMETER Scope
    For roles that are eligible at several scopes: the scope's id, such as /administrativeUnits/{id}, or its name.

    .PARAMETER RoleId
    Ids of role definitions, in place of names or beside them.

    .PARAMETER InputObject
    Roles from Get-PIMMyEligibleDirectoryRole, or names.

    .PARAMETER PassThru
    Returns one result for each role, also for those that were skipped or failed. With -WhatIf: the plan.

    .PARAMETER NoPortal
    Does not open the Azure portal at the first refusal. It is opened by interactive hosts only.

    .PARAMETER UpdateGraphSession
    Hands the token of a stronger sign-in to the Microsoft Graph PowerShell SDK (Connect-MgGraph -AccessToken), so that its commands
    satisfy the same policies until the token ends. Without it that session stays as it is. The global variable
    $PIMUpdateGraphSession with a true value does the same for scripts that relied on AzurePIMStuff's doing so.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    System.Collections.Hashtable (PIMStepUp.DirectoryActivation), or PIMStepUp.ActivationResult with -PassThru

    .EXAMPLE
    PS> Invoke-PIMDirectoryRoleActivation 'Global Reader', 'Security Reader' -justification 'Audit' -durationInHours 2

    .EXAMPLE
    PS> Invoke-PIMDirectoryRoleActivation 'User Administrator' -justification 'Onboarding' -MaximumDuration -WhatIf

    Shows duration, scope and policy; activates nothing.

    .EXAMPLE
    PS> Get-PIMMyEligibleDirectoryRole | Where-Object RoleName -like '*Reader' | ipdr -justification 'Audit' -PassThru

    .LINK
    Get-PIMMyEligibleDirectoryRole
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    [Alias('Activate-PIMDirectoryRole', 'ipdr')]
    [OutputType([hashtable])]
    [OutputType('PIMStepUp.ActivationResult')]
    param(
        [Parameter(Position = 0)]
        [ArgumentCompleter({
                param($commandName, $parameterName, $wordToComplete, $commandAst, $fakeBoundParameters)
                & (Get-Module -Name PIMStepUp | Select-Object -First 1) { Complete-PimRoleName -Word $args[0] -Bound $args[1] -Kind directory } $wordToComplete $fakeBoundParameters
            })]
        [string[]] $roleName,
        [Parameter(Position = 1)] [string] $justification = '',
        [Parameter(Position = 2)] [ValidateRange(0, 8)] [int] $durationInHours = 1,
        [Parameter(Position = 3)] [int] $waitAfterActivation = 30,
        [Parameter(Position = 4)] [object] $sufficientRoleName,
        [timespan] $Duration,
        [switch] $MaximumDuration,
        [string] $TicketNumber,
        [string] $TicketSystem,
        [datetime] $StartTime,
        [string] $Scope,
        [string[]] $RoleId,
        [Parameter(ValueFromPipeline = $true)] [object] $InputObject,
        [switch] $PassThru,
        [switch] $NoPortal,
        [switch] $UpdateGraphSession,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    begin {
        $roles = [System.Collections.Generic.List[hashtable]]::new()
        foreach ($selector in @(New-PimRoleSelector -Name $roleName -Id $RoleId -Scope $Scope)) { $roles.Add($selector) }
    }
    process {
        if ($null -eq $InputObject) { return }
        if ($InputObject -is [string]) { return $roles.Add((New-PimRoleSelector -Name $InputObject -Scope $Scope)) }
        $selector = ConvertTo-PimRoleSelector -Cmdlet $PSCmdlet -Role $InputObject -Kind directory
        if ($selector) { $roles.Add($selector) }
    }
    end {
        if ($roles.Count -eq 0) {
            if ($PSCmdlet.MyInvocation.ExpectingInput -or $PSBoundParameters.ContainsKey('InputObject')) { return }
            foreach ($picked in @(Get-PimPickedRole -Cmdlet $PSCmdlet -Context $Context -Kind directory)) {
                $roles.Add((ConvertTo-PimRoleSelector -Cmdlet $PSCmdlet -Role $picked -Kind directory))
            }
            if ($roles.Count -eq 0) { return }
        }

        $request = New-PimActivationRequest -Kind directory -Bound $PSBoundParameters -Hours $durationInHours -Wait $waitAfterActivation
        $request['sufficientRoles'] = ConvertTo-PimSufficientRole $sufficientRoleName
        Invoke-PimActivation -Cmdlet $PSCmdlet -Context $Context -Request $request -Roles $roles.ToArray() -PassThru:$PassThru -NoPortal:$NoPortal -UpdateGraphSession:(Test-PimUpdateGraphSession $PSBoundParameters)
    }
}
