function Invoke-PIMResourceRoleActivation {
    <#
    .SYNOPSIS
    Activates eligible Azure resource roles of the signed-in user.

    .DESCRIPTION
    All roles are activated side by side. If the service demands a stronger sign-in (an authentication context, for example a
    passkey), the user signs in once for all of them and the requests are repeated. Each role's policy is read first: a
    duration above its maximum is shortened with a warning. A role that fails is an error and does not stop the others. A role
    that is active, or that the user is not eligible for, is a warning. If no role is eligible the command fails
    (RoleNotEligible).

    The output is one object for each request that the service accepted: RoleName, ScopeId, Status, RequestId, RequestType,
    Duration, and ScopeName, ActivationStatus, StartDateTime, EndDateTime, AuthenticationContexts and SteppedUp.

    .PARAMETER roleToActivate
    A dictionary of scope to role name or names. The scope is an Azure resource id such as /subscriptions/{id}, or its name;
    it may lie below the scope of the eligible role. Without it the user picks from a list.

    .PARAMETER justification
    Why the roles are needed.

    .PARAMETER durationInHours
    0 to 8 hours; 0 means 30 minutes. Default: 1.

    .PARAMETER waitAfterActivation
    For how many seconds to wait until accepted roles are in force. The wait ends as soon as they are. 0: no wait. Default: 30.

    .PARAMETER excludeActivatedRoles
    Leaves roles out of the list that are activated already.

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

    .PARAMETER RoleName
    Names of the roles, in place of roleToActivate or beside it. Tab completes the names that were last listed.

    .PARAMETER RoleId
    Ids of role definitions (the full id or its GUID), in place of names or beside them.

    .PARAMETER Scope
    Where roles of -RoleName and -RoleId are to be activated: an Azure resource id, or its name. Not needed if a role is
    eligible at one scope only.

    .PARAMETER InputObject
    Roles from Get-PIMMyEligibleResourceRole.

    .PARAMETER PassThru
    Returns one result for each role, also for those that were skipped or failed. With -WhatIf: the plan.

    .PARAMETER NoPortal
    Does not open the Azure portal at the first refusal. It is opened by interactive hosts only.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.ResourceActivation, or PIMStepUp.ActivationResult with -PassThru

    .EXAMPLE
    PS> Invoke-PIMResourceRoleActivation @{ '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1' = 'Reader', 'Contributor' } -justification 'Release'

    .EXAMPLE
    PS> Invoke-PIMResourceRoleActivation -RoleName Contributor -Scope 'Contoso Production' -justification 'Release' -WhatIf

    Shows duration, scope and policy; activates nothing.

    .EXAMPLE
    PS> Get-PIMMyEligibleResourceRole | Where-Object ScopeName -eq 'Contoso Development' | iprr -justification 'Release' -MaximumDuration

    .LINK
    Get-PIMMyEligibleResourceRole
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    [Alias('Activate-PIMResourceRole', 'iprr')]
    [OutputType('PIMStepUp.ResourceActivation', 'PIMStepUp.ActivationResult')]
    param(
        [Parameter(Position = 0)] [hashtable] $roleToActivate,
        [Parameter(Position = 1)] [string] $justification = '',
        [Parameter(Position = 2)] [ValidateRange(0, 8)] [int] $durationInHours = 1,
        [Parameter(Position = 3)] [int] $waitAfterActivation = 30,
        [switch] $excludeActivatedRoles,
        [timespan] $Duration,
        [switch] $MaximumDuration,
        [string] $TicketNumber,
        [string] $TicketSystem,
        [datetime] $StartTime,
        [ArgumentCompleter({
                param($commandName, $parameterName, $wordToComplete, $commandAst, $fakeBoundParameters)
                & (Get-Module -Name PIMStepUp | Select-Object -First 1) { Complete-PimRoleName -Word $args[0] -Bound $args[1] -Kind resource } $wordToComplete $fakeBoundParameters
            })]
        [string[]] $RoleName,
        [string[]] $RoleId,
        [string] $Scope,
        [Parameter(ValueFromPipeline = $true)] [object] $InputObject,
        [switch] $PassThru,
        [switch] $NoPortal,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    begin {
        $roles = [System.Collections.Generic.List[hashtable]]::new()
        if ($null -ne $roleToActivate) {
            foreach ($selector in @(ConvertFrom-PimRoleTable -Cmdlet $PSCmdlet -Table $roleToActivate)) { $roles.Add($selector) }
        }
        foreach ($selector in @(New-PimRoleSelector -Name $RoleName -Id $RoleId -Scope $Scope)) { $roles.Add($selector) }
    }
    process {
        if ($null -eq $InputObject) { return }
        $selector = ConvertTo-PimRoleSelector -Cmdlet $PSCmdlet -Role $InputObject -Kind resource
        if ($selector) { $roles.Add($selector) }
    }
    end {
        if ($roles.Count -eq 0) {
            if ($PSCmdlet.MyInvocation.ExpectingInput -or $PSBoundParameters.ContainsKey('InputObject')) { return }
            foreach ($picked in @(Get-PimPickedRole -Cmdlet $PSCmdlet -Context $Context -Kind resource -ExcludeActivated:$excludeActivatedRoles)) {
                $roles.Add((ConvertTo-PimRoleSelector -Cmdlet $PSCmdlet -Role $picked -Kind resource))
            }
            if ($roles.Count -eq 0) { return Write-Warning 'No roles selected.' }
        }

        $request = New-PimActivationRequest -Kind resource -Bound $PSBoundParameters -Hours $durationInHours -Wait $waitAfterActivation
        if ($excludeActivatedRoles) { $request['excludeActive'] = $true }
        Invoke-PimActivation -Cmdlet $PSCmdlet -Context $Context -Request $request -Roles $roles.ToArray() -PassThru:$PassThru -NoPortal:$NoPortal
    }
}
