function Write-PimGroupNotice {
    Write-Warning 'Searching for groups with PIM eligible assignment. This can take a while.'
}

function ConvertTo-PimGroup {
    param($Group)

    # Scripts know one assignment as an object and several as an array.
    $assignments = Get-PimField $Group 'EligibleAssignment'
    if ($null -ne $assignments -and @($assignments).Count -eq 1) { $Group.EligibleAssignment = @($assignments)[0] }
    # Directory objects of permanent membership are no groups of Privileged Identity Management.
    if (-not $Group.PSObject.Properties['ObjectType']) { $Group.PSObject.TypeNames.Insert(0, 'PIMStepUp.Group') }
    $Group
}

function ConvertFrom-PimGroup {
    # The way back: what the core wants is the same object with an array, without what scripts may have hung on it.
    param($Group)

    $assignments = Get-PimField $Group 'EligibleAssignment'
    $types = Get-PimField $Group 'groupTypes'
    @{
        id = Get-PimField $Group 'id'; displayName = Get-PimField $Group 'displayName'; onPremisesSyncEnabled = Get-PimField $Group 'onPremisesSyncEnabled'
        groupTypes = [object[]] @($types | Where-Object { $null -ne $_ }); mailEnabled = Get-PimField $Group 'mailEnabled'
        securityEnabled = Get-PimField $Group 'securityEnabled'; EligibleAssignment = [object[]] @($assignments | Where-Object { $null -ne $_ })
    }
}

function ConvertTo-PimMembership {
    param($Membership, [switch] $OnlyMembers, [switch] $NoGroup)

    $groups = [System.Collections.Generic.List[object]]::new()
    foreach ($group in $Membership.MemberOf) { $groups.Add((ConvertTo-PimGroup $group)) }
    if ($OnlyMembers) { return $groups }
    if ($NoGroup) { $groups = $null }
    [pscustomobject] @{ PSTypeName = 'PIMStepUp.AccountMembership'; Id = [guid] $Membership.Id; MemberOf = $groups }
}
