function Get-PIMResourceRoleAssignmentSetting {
    <#
    .SYNOPSIS
    Shows the policy of an Azure role at a scope.

    .DESCRIPTION
    The properties of the policy as Azure Resource Manager sends them: scope, displayName, rules, effectiveRules and so on. A
    rule is found by its id, for example Expiration_EndUser_Assignment.

    .PARAMETER roleName
    Name of the role; case does not matter.

    .PARAMETER roleId
    The role definition's GUID.

    .PARAMETER scope
    Path of a management group, subscription, resource group or resource.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.ResourceRolePolicy

    .EXAMPLE
    PS> Get-PIMResourceRoleAssignmentSetting -roleName Contributor -scope /subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1

    .EXAMPLE
    PS> $policy = Get-PIMResourceRoleAssignmentSetting -roleName Reader -scope /subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1
    PS> ($policy.effectiveRules | Where-Object id -eq 'Expiration_EndUser_Assignment').maximumDuration

    For how long the role can be activated.

    .LINK
    Set-PIMResourceRoleAssignmentSetting
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.ResourceRolePolicy')]
    param(
        [Parameter(Mandatory = $true, ParameterSetName = 'rolename')] [string] $roleName,
        [Parameter(Mandatory = $true, ParameterSetName = 'roleId')] [guid] $roleId,
        [Parameter(Mandatory = $true)] [string] $scope,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $request = @{ scope = ConvertTo-PimScope $scope }
    if ($PSCmdlet.ParameterSetName -eq 'rolename') { $request['roleName'] = $roleName } else { $request['roleId'] = $roleId.ToString() }
    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context -Service Arm
    $ends = @{
        OnDone    = {
            param($policy)
            $policy.PSObject.TypeNames.Insert(0, 'PIMStepUp.ResourceRolePolicy')
            $policy
        }
        OnFailure = {
            param($failure)
            $words = $null
            if ($roleName -and $failure.code -in 'RoleNotFound', 'ScopeNotFound') {
                $words = "Get-PIMResourceRoleAssignmentSetting: Role '$roleName' not found at scope '$($scope.TrimStart('/'))'."
                if ($failure.code -eq 'ScopeNotFound') { $words += " Error: $($failure.message)" }
            }
            $PSCmdlet.ThrowTerminatingError((New-PimErrorRecord -Failure $failure -Message $words))
        }
    }
    Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'resourceRole.policy' -Request $request @ends
}
