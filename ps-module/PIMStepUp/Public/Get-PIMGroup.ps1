function Get-PIMGroup {
    <#
    .SYNOPSIS
    Lists the groups that have eligible members or owners.

    .DESCRIPTION
    Each object has the properties that Get-PIMSupportedGroup gives, and EligibleAssignment: the group's eligibility schedules
    as Microsoft Graph sends them, one object if there is one and an array if there are several. All groups are asked, many in
    one request.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.Group

    .EXAMPLE
    PS> Get-PIMGroup

    .EXAMPLE
    PS> $groups = Get-PIMGroup
    PS> Get-PIMAccountEligibleMemberOf -id 0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44 -PIMGroupList $groups

    Lists once, for several questions.

    .LINK
    Get-PIMGroupEligibleAssignment
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.Group')]
    param(
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    Write-PimGroupNotice
    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context
    Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'group.list' -Request @{ eligibleOnly = $true } -OnOutput {
        param($group)
        ConvertTo-PimGroup $group
    }
}
