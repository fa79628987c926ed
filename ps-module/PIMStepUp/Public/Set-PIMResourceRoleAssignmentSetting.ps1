function Set-PIMResourceRoleAssignmentSetting {
    <#
    .SYNOPSIS
    Changes the policy of an Azure role at a scope.

    .DESCRIPTION
    Only what is named is changed. Everything else in the policy stays as it is: other requirements of the same rule, approvers,
    durations. The policy is read first, and nothing is sent if it is as wanted already. What would contradict itself is refused
    before anything is sent: an authentication context without an id, approval without approvers. A warning lists each setting
    with its value before and after; -WhatIf shows the same and changes nothing.

    .PARAMETER scope
    Path of a management group, subscription, resource group or resource.

    .PARAMETER roleName
    Name of the role; case does not matter. Without a name or an id the user picks from a list.

    .PARAMETER roleId
    The role definition's GUID.

    .PARAMETER requireJustification
    Whether an activation needs a justification.

    .PARAMETER requireAuthenticationContext
    Whether an activation needs an authentication context.

    .PARAMETER authenticationContextId
    The authentication context, c1 to c99.

    .PARAMETER requireApproval
    Whether somebody has to approve an activation.

    .PARAMETER approverGroupIds
    Ids of the groups whose members approve, in place of the groups that do now.

    .PARAMETER allowPermanentAssignment
    Whether an eligibility may have no end.

    .PARAMETER ApproverUserIds
    Ids of the users who approve, in place of the users who do now.

    .PARAMETER MaximumEligibleDuration
    How long an eligibility may be.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.ResourceRolePolicyChange

    .EXAMPLE
    PS> Set-PIMResourceRoleAssignmentSetting -scope /subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1 -roleName Reader -requireJustification $false -WhatIf

    Shows before and after; changes nothing.

    .EXAMPLE
    PS> Set-PIMResourceRoleAssignmentSetting -scope /subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1 -roleName Reader -requireAuthenticationContext $true -authenticationContextId c1

    .LINK
    Get-PIMResourceRoleAssignmentSetting
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', DefaultParameterSetName = 'roleName', PositionalBinding = $false)]
    [OutputType('PIMStepUp.ResourceRolePolicyChange')]
    param(
        [Parameter(Mandatory = $true)] [string] $scope,
        [Parameter(ParameterSetName = 'roleName')] [string] $roleName,
        [Parameter(Mandatory = $true, ParameterSetName = 'roleId')] [string] $roleId,
        [bool] $requireJustification,
        [bool] $requireAuthenticationContext,
        [string] $authenticationContextId,
        [bool] $requireApproval,
        [string[]] $approverGroupIds,
        [bool] $allowPermanentAssignment,
        [string[]] $ApproverUserIds,
        [timespan] $MaximumEligibleDuration,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context -Service Arm
    $place = ConvertTo-PimScope $scope
    $role = New-PimRoleReference -Cmdlet $PSCmdlet -Session $session -Scope $place -Name $roleName -Id $roleId -IdField roleId
    $result = Invoke-PimPolicyChange -Cmdlet $PSCmdlet -Session $session -Request ($role.Fields + (New-PimPolicyChange $PSBoundParameters)) -Role $role.Label
    if (-not $result) { return }
    $after = $result.after
    [pscustomobject] @{
        PSTypeName                   = 'PIMStepUp.ResourceRolePolicyChange'
        PolicyId                     = $result.policyId
        PolicyName                   = $result.policyName
        Scope                        = $result.scope
        RequireJustification         = Get-PimField $after 'requireJustification'
        RequireAuthenticationContext = Get-PimField $after 'requireAuthenticationContext'
        AuthenticationContextId      = if ($after.requireAuthenticationContext) { Get-PimField $after 'authenticationContextId' }
        RequireApproval              = Get-PimField $after 'requireApproval'
        AllowPermanentAssignment     = Get-PimField $after 'allowPermanentAssignment'
        LastModifiedDateTime         = ConvertTo-PimTime (Get-PimField $result 'lastModifiedDateTime')
        Changes                      = @(foreach ($change in $result.changes) { [pscustomobject] @{ Name = $change.name; Old = Get-PimField $change 'old'; New = Get-PimField $change 'new' } })
    }
}
