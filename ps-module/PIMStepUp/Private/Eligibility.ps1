function ConvertTo-PimDirectoryPolicy {
    param($Policy)

    $Policy.PSObject.TypeNames.Insert(0, 'PIMStepUp.DirectoryRolePolicy')
    $Policy
}

function ConvertTo-PimDirectoryEligibility {
    # From compact rows: what repeats from row to row comes once, and $Seen keeps it. Nested objects become dictionaries, as the Graph
    # SDK makes them.
    param([object[]] $Eligibility, [hashtable] $Seen, [switch] $WithPolicy)

    if (-not $Seen.Count) { $Seen.Roles, $Seen.Names = @{}, [System.Collections.Generic.List[string[]]]::new() }
    $roles, $lists = $Seen.Roles, $Seen.Names
    foreach ($row in $Eligibility) {
        $role = [string] $row.roleDefinitionId
        $known = $roles[$role]
        if ($null -eq $known) {
            $known = @{ Definition = ConvertTo-PimHashtable $row.roleDefinition; Policy = $null }
            if ($WithPolicy -and $null -ne $row.Policy) { $known.Policy = ConvertTo-PimDirectoryPolicy $row.Policy }
            $roles[$role] = $known
        }
        $row.roleDefinition = $known.Definition
        if ($WithPolicy) { $row.Policy = $known.Policy }

        $values = $row.principal
        if ($values -is [array]) {
            # Names, or the number of a list of names that came before, and the values in the same order.
            if ($values[0] -is [array]) { $lists.Add([string[]] $values[0]); $names = $lists[$lists.Count - 1] } else { $names = $lists[[int] $values[0]] }
            # As many places as it needs: tens of thousands of rows are kept in memory.
            $principal = [hashtable]::new($names.Length, [System.StringComparer]::OrdinalIgnoreCase)
            $place = 0
            foreach ($name in $names) { $place++; $principal[$name] = $values[$place] }
            $row.principal = $principal
        } elseif ($null -ne $values) {
            $row.principal = ConvertTo-PimHashtable $values
        }
        # PSObject.TypeNames would keep a set of members with each object: much time and memory in a long list.
        $row.pstypenames.Insert(0, 'PIMStepUp.DirectoryRoleEligibility')
        $row
    }
}

function Add-PimTypeName {
    # Objects of the core with the type that the format file knows.
    param([object[]] $Object, [string] $TypeName)

    foreach ($one in $Object) {
        $one.pstypenames.Insert(0, $TypeName)
        $one
    }
}

function Write-PimScopeFailure {
    # A scope that cannot be read is an error of its own; the others were listed.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Reply)

    foreach ($failed in $Reply.failed) { $Cmdlet.WriteError((New-PimErrorRecord -Failure $failed.error -Target $failed.scope)) }
}
