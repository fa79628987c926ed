function Get-PIMMyEligibleResourceRole {
    <#
    .SYNOPSIS
    Lists the signed-in user's eligible Azure resource roles.

    .DESCRIPTION
    Each object has name, id and type of Azure Resource Manager's schedule, its properties as the service names them in
    alphabetical order, and ScopeType, ScopeName, principalDisplayName, principalUPN and roleName. All scopes of the tenant
    are covered, and assignments through groups too.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.ResourceRole

    .EXAMPLE
    PS> Get-PIMMyEligibleResourceRole

    .EXAMPLE
    PS> Get-PIMMyEligibleResourceRole | Where-Object RoleName -like '*Reader*' | Invoke-PIMResourceRoleActivation -justification 'Audit'

    Activates some of them.

    .LINK
    Invoke-PIMResourceRoleActivation
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.ResourceRole')]
    param(
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    Get-PimRoleEntry -Cmdlet $PSCmdlet -Context $Context -Kind resource -State eligible
}
