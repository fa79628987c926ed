function Select-PimItem {
    # Lets the user pick: from a grid where there is one, else by numbers. Nothing picked is nothing returned.
    param([object[]] $Items, [string] $Title, [string[]] $Columns, [scriptblock] $Describe, [switch] $Single)

    $mode = if ($Single) { 'Single' } else { 'Multiple' }
    foreach ($grid in 'Out-GridView', 'Out-ConsoleGridView') {
        if (-not (Get-Command -Name $grid -ErrorAction Ignore)) { continue }
        $rows = @($Items | Select-Object -Property $Columns | & $grid -Title $Title -OutputMode $mode)
        return Find-PimPickedItem -Items $Items -Rows $rows -Columns $Columns
    }
    Write-Host $Title
    for ($index = 0; $index -lt $Items.Count; $index++) { Write-Host ('{0,4}  {1}' -f ($index + 1), (& $Describe $Items[$index])) }
    $prompt = if ($Single) { 'Number (empty: none)' } else { 'Numbers, such as 1,3-5 (empty: none)' }
    while ($true) {
        $answer = [string] (Read-Host -Prompt $prompt)
        if (-not $answer.Trim()) { return }
        $indexes = @(ConvertFrom-PimNumberList -Text $answer -Maximum $Items.Count)
        if ($indexes.Count -eq 1 -or ($indexes.Count -gt 1 -and -not $Single)) { return $Items[($indexes | ForEach-Object { $_ - 1 })] }
        $few = if ($Single) { 'one number' } else { 'numbers' }
        Write-Host "Give $few from 1 to $($Items.Count)."
    }
}

function Find-PimPickedItem {
    # A grid gives rows back: what it showed tells which items they were, each item once.
    param([object[]] $Items, [object[]] $Rows, [string[]] $Columns)

    $left = [System.Collections.Generic.List[object]]::new($Items)
    foreach ($row in $Rows) {
        foreach ($item in $left) {
            $differing = @($Columns | Where-Object { [string] (Get-PimField $item $_) -cne [string] (Get-PimField $row $_) })
            if ($differing.Count -gt 0) { continue }
            $null = $left.Remove($item)
            $item
            break
        }
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

function Assert-PimPickList {
    # An unattended script must not wait for a choice that nobody makes.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Hint)

    if (Test-PimInteractive) { return }
    $Cmdlet.ThrowTerminatingError((New-PimErrorRecord @{
                code = 'InvalidRequest'; category = 'InvalidArgument'
                message = 'no role was named, and this host cannot show a list to pick from'; hint = $Hint
            }))
}

function Get-PimPickedRole {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Context, [string] $Kind, [switch] $ExcludeActivated)

    Assert-PimPickList -Cmdlet $Cmdlet -Hint 'name the roles to activate'
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
    $sort, $columns = if ($Kind -eq 'directory') {
        @('RoleName'), @('RoleName', 'directoryScopeId', 'roleDefinitionId')
    } else {
        @('ScopeName', 'roleName'), @('scope', 'ScopeType', 'ScopeName', 'roleName', 'roleDefinitionId', 'id')
    }
    Select-PimItem -Items @($roles | Sort-Object -Property $sort) -Title 'Select role(s) to activate' -Columns $columns -Describe {
        param($role)
        $place = @($role.ScopeName, (Get-PimField $role 'directoryScopeId'), (Get-PimField $role 'scope')) | Where-Object { $_ } | Select-Object -First 1
        '{0}  ({1})' -f $role.RoleName, $place
    }
}
