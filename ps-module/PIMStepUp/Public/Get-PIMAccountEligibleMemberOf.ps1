function Get-PIMAccountEligibleMemberOf {
    <#
    .SYNOPSIS
    Lists the groups that accounts are eligible members of.

    .DESCRIPTION
    An account is a user, a group or a service principal. There is one object for each id, in the given order: Id, and
    MemberOf, a list of groups as Get-PIMGroup gives them, each once. An account that is eligible as owner alone is no member.

    .PARAMETER id
    Object ids of the accounts.

    .PARAMETER transitive
    Follows the eligible membership of the found groups in further groups. Circles end.

    .PARAMETER onlyMembers
    Returns the groups themselves in place of Id and MemberOf.

    .PARAMETER includePermanentMembership
    With transitive: also the groups that the found groups are permanent members of.

    .PARAMETER PIMGroupList
    What Get-PIMGroup returned, for several calls over one listing. If it is given, even as $null, groups are not listed again.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.AccountMembership, or PIMStepUp.Group with -onlyMembers

    .EXAMPLE
    PS> Get-PIMAccountEligibleMemberOf -id 0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44 -transitive

    .EXAMPLE
    PS> Get-AzureAccountEligibleMemberOf 0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44 -onlyMembers | Select-Object -Property displayName

    .LINK
    Get-PIMGroup
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [Alias('Get-AzureAccountEligibleMemberOf')]
    [OutputType('PIMStepUp.AccountMembership', 'PIMStepUp.Group')]
    param(
        [Parameter(Mandatory = $true, Position = 0)] [guid[]] $id,
        [switch] $transitive,
        [switch] $onlyMembers,
        [switch] $includePermanentMembership,
        [Parameter(Position = 1)] [object] $PIMGroupList,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $request = @{ ids = [string[]] @($id | ForEach-Object { $_.ToString() }); transitive = [bool] $transitive }
    if ($includePermanentMembership) {
        if ($transitive) {
            $request['includePermanent'] = $true
        } else {
            $PSCmdlet.WriteError((New-PimErrorRecord @{
                        code = 'InvalidRequest'; category = 'InvalidArgument'
                        message = "'includePermanentMembership' can be used only with the 'transitive'"; hint = 'add `-transitive`'
                    }))
        }
    }
    if ($onlyMembers -and $id.Count -gt 1) { Write-Warning 'All groups given accounts are member of will be outputted at once' }
    if ($PSBoundParameters.ContainsKey('PIMGroupList')) {
        $request['groups'] = [object[]] @($PIMGroupList | Where-Object { $null -ne $_ } | ForEach-Object { ConvertFrom-PimGroup $_ })
    } else {
        Write-PimGroupNotice
    }

    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context
    # Whether the tenant has any group is known with the first match or at the end: accounts without a match wait until then.
    $found = @{ Any = $false; Waiting = [System.Collections.Generic.List[object]]::new() }
    $list = @{
        OnOutput = {
            param($membership)
            $found.Waiting.Add($membership)
            if ($membership.MemberOf) { $found.Any = $true }
            if (-not $found.Any) { return }
            foreach ($one in $found.Waiting) { ConvertTo-PimMembership -Membership $one -OnlyMembers:$onlyMembers }
            $found.Waiting.Clear()
        }
        OnDone   = {
            param($reply)
            if (-not $reply.anyGroup) { Write-Warning 'No PIM groups found' }
            foreach ($one in $found.Waiting) { ConvertTo-PimMembership -Membership $one -OnlyMembers:$onlyMembers -NoGroup:(-not $reply.anyGroup) }
        }
    }
    Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'account.membership' -Request $request @list
}
