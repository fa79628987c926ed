function Get-PIMSupportedGroup {
    <#
    .SYNOPSIS
    Lists the groups that Privileged Identity Management can be used with.

    .DESCRIPTION
    These are the security groups and Microsoft 365 groups of the directory that are neither synchronised from elsewhere nor
    filled by a rule. Each object has id, displayName, onPremisesSyncEnabled, groupTypes, mailEnabled and securityEnabled.
    Objects come page by page.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.Group

    .EXAMPLE
    PS> Get-PIMSupportedGroup | Sort-Object -Property displayName

    .LINK
    Get-PIMGroup
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.Group')]
    param(
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context
    Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'group.list' -OnOutput {
        param($group)
        ConvertTo-PimGroup $group
    }
}
