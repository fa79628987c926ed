function Select-PimRole {
    # Lets the user pick from the eligible roles. Nothing picked is nothing returned.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object[]] $Roles, [string[]] $Columns)

    $title = 'Select role(s) to activate'
    if ($PSVersionTable['Platform'] -ne 'Unix' -and (Get-Command -Name Out-GridView -ErrorAction Ignore)) {
        $picked = @($Roles | Select-Object -Property $Columns | Out-GridView -Title $title -OutputMode Multiple)
        $ids = @(foreach ($row in $picked) { $row.id })
        return $Roles | Where-Object { $ids -contains $_.id }
    }
    Write-Host $title
    for ($index = 0; $index -lt $Roles.Count; $index++) {
        $place = @($Roles[$index].ScopeName, (Get-PimField $Roles[$index] 'directoryScopeId'), (Get-PimField $Roles[$index] 'scope')) | Where-Object { $_ } | Select-Object -First 1
        Write-Host ('{0,4}  {1}  ({2})' -f ($index + 1), $Roles[$index].RoleName, $place)
    }
    while ($true) {
        $answer = [string] (Read-Host -Prompt 'Numbers, such as 1,3-5 (empty: none)')
        if (-not $answer.Trim()) { return }
        $indexes = @(ConvertFrom-PimNumberList -Text $answer -Maximum $Roles.Count)
        if ($indexes.Count -gt 0) { return $Roles[($indexes | ForEach-Object { $_ - 1 })] }
        Write-Host "Give numbers from 1 to $($Roles.Count)."
    }
}

function ConvertFrom-PimNumberList {
    # Nothing if any part is no number of the list.
    param([string] $Text, [int] $Maximum)

    $numbers = [System.Collections.Generic.SortedSet[int]]::new()
    foreach ($part in ($Text -split '[,\s]+' | Where-Object { $_ })) {
        if ($part -notmatch '^(\d{1,4})(?:-(\d{1,4}))?$') { return }
        $first = [int] $Matches[1]
        $last = if ($Matches.ContainsKey(2)) { [int] $Matches[2] } else { $first }
        if ($first -lt 1 -or $last -gt $Maximum -or $last -lt $first) { return }
        foreach ($number in $first..$last) { $null = $numbers.Add($number) }
    }
    $numbers
}

function Get-PimPickedRole {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Context, [string] $Kind, [switch] $ExcludeActivated)

    if (-not (Test-PimInteractive)) {
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord @{
                    code = 'InvalidRequest'; category = 'InvalidArgument'
                    message = 'no role was named, and this host cannot show a list to pick from'; hint = 'name the roles to activate'
                }))
    }
    $roles = @(Get-PimRoleEntry -Cmdlet $Cmdlet -Context $Context -Kind $Kind -State eligible)
    if ($ExcludeActivated) {
        $active = @(Get-PimRoleEntry -Cmdlet $Cmdlet -Context $Context -Kind $Kind -State active | Where-Object { $_.assignmentType -eq 'Activated' })
        $roles = @($roles | Where-Object {
                $role = $_
                -not ($active | Where-Object { $_.roleName -eq $role.roleName -and $_.scope -eq $role.scope })
            })
    }
    if ($roles.Count -eq 0) {
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord @{
                    code = 'RoleNotEligible'; category = 'ObjectNotFound'; message = "You have no eligible $Kind roles to activate."
                    hint = 'ask an administrator for an eligible assignment'
                }))
    }
    if ($Kind -eq 'directory') {
        return Select-PimRole -Cmdlet $Cmdlet -Roles @($roles | Sort-Object -Property RoleName) -Columns RoleName, directoryScopeId, roleDefinitionId, id
    }
    Select-PimRole -Cmdlet $Cmdlet -Roles @($roles | Sort-Object -Property ScopeName, roleName) -Columns scope, ScopeType, ScopeName, roleName, roleDefinitionId, id
}
