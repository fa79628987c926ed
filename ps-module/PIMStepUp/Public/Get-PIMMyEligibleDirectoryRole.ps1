function Get-PIMMyEligibleDirectoryRole {
    <#
    .SYNOPSIS
    Lists the signed-in user's eligible Entra directory roles.

    .DESCRIPTION
    Each object has RoleName, the properties of Microsoft Graph's schedule as the service names them (id, roleDefinitionId,
    directoryScopeId, memberType, scheduleInfo and so on), and ScopeName, ScopeType, StartDateTime and EndDateTime.
    Names from the last listing are offered by Tab completion of Invoke-PIMDirectoryRoleActivation.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.DirectoryRole

    .EXAMPLE
    PS> Get-PIMMyEligibleDirectoryRole

    .EXAMPLE
    PS> Get-PIMMyEligibleDirectoryRole | Where-Object RoleName -like '*Reader*' | Invoke-PIMDirectoryRoleActivation -justification 'Audit'

    Activates some of them.

    .LINK
    Invoke-PIMDirectoryRoleActivation
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.DirectoryRole')]
    param(
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    Get-PimRoleEntry -Cmdlet $PSCmdlet -Context $Context -Kind directory -State eligible
}
