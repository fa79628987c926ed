function Get-PIMMyActiveDirectoryRole {
    <#
    .SYNOPSIS
    Lists the signed-in user's active Entra directory roles, permanent and activated.

    .DESCRIPTION
    Each object has RoleName, the properties of Microsoft Graph's schedule as the service names them (id, roleDefinitionId,
    directoryScopeId, memberType, scheduleInfo and so on), and ScopeName, ScopeType, StartDateTime and EndDateTime.
    assignmentType tells Assigned (permanent) from Activated.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.DirectoryRole

    .EXAMPLE
    PS> Get-PIMMyActiveDirectoryRole

    .EXAMPLE
    PS> Get-PIMMyActiveDirectoryRole | Where-Object assignmentType -eq 'Activated' | Format-Table RoleName, ScopeName, EndDateTime

    Shows how long activated roles last.

    .LINK
    Invoke-PIMDirectoryRoleActivation
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.DirectoryRole')]
    param(
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    Get-PimRoleEntry -Cmdlet $PSCmdlet -Context $Context -Kind directory -State active
}
