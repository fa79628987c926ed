function Get-PIMGroupEligibleAssignment {
    <#
    .SYNOPSIS
    Lists eligible members and owners of groups, with names and the policy.

    .DESCRIPTION
    Each object has id, createdDateTime, modifiedDateTime, status, groupId, GroupName, principalId, PrincipalName, accessId
    (member or owner), memberType, scheduleInfo and Policy, which is the policy with its rules for that group and kind of
    access. The name of a principal that no longer exists is empty. A group that does not exist is an error of its own
    (GroupNotFound) that names the nearest ones; the others are listed.

    .PARAMETER groupId
    Ids of groups. Default: all groups that Get-PIMSupportedGroup lists.

    .PARAMETER skipAssignmentSettings
    Reads no policies; Policy is empty.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.GroupEligibility

    .EXAMPLE
    PS> Get-PIMGroupEligibleAssignment -skipAssignmentSettings

    .EXAMPLE
    PS> Get-PIMGroupEligibleAssignment -groupId 4b7e9c2d-8a15-4f3e-9d60-5e1c7a3b2f99

    .LINK
    Get-PIMGroup
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.GroupEligibility')]
    param(
        [Parameter(Position = 0)] [string[]] $groupId,
        [switch] $skipAssignmentSettings,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $request = @{ policy = -not $skipAssignmentSettings }
    if ($groupId) { $request['groupIds'] = $groupId } else { Write-PimGroupNotice }
    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context
    $list = @{
        OnOutputs = {
            param($eligibilities)
            Add-PimTypeName -Object $eligibilities -TypeName 'PIMStepUp.GroupEligibility'
        }
        OnDone    = {
            param($reply)
            foreach ($failed in $reply.failed) { $PSCmdlet.WriteError((New-PimErrorRecord -Failure $failed.error -Target $failed.groupId)) }
            if ($reply.count -eq 0) { Write-Warning 'None of the groups have PIM eligible assignments' }
        }
    }
    Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'group.eligibility' -Request $request @list
}
