function Get-PIMMyActiveResourceRole {
    <#
    .SYNOPSIS
    Lists the signed-in user's active Azure resource roles, permanent and activated.

    .DESCRIPTION
    Each object has name, id and type of Azure Resource Manager's schedule, its properties as the service names them in
    alphabetical order, and ScopeType, ScopeName, principalDisplayName, principalUPN and roleName. All scopes of the tenant
    are covered, and assignments through groups too.
    assignmentType tells Assigned (permanent) from Activated.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.ResourceRole

    .EXAMPLE
    PS> Get-PIMMyActiveResourceRole

    .EXAMPLE
    PS> Get-PIMMyActiveResourceRole | Where-Object assignmentType -eq 'Activated' | Format-Table RoleName, ScopeName, EndDateTime

    Shows how long activated roles last.

    .LINK
    Invoke-PIMResourceRoleActivation
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.ResourceRole')]
    param(
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    Get-PimRoleEntry -Cmdlet $PSCmdlet -Context $Context -Kind resource -State active
}
