function ConvertTo-PimDirectoryPolicy {
    param($Policy)

    $Policy.PSObject.TypeNames.Insert(0, 'PIMStepUp.DirectoryRolePolicy')
    $Policy
}

function ConvertTo-PimDirectoryEligibility {
    # From compact rows: what repeats from row to row comes once for each role, and $Seen keeps it; a principal is an array of its
    # names and values in turn. Nested objects become dictionaries, as the Graph SDK makes them.
    param([object[]] $Eligibility, [hashtable] $Seen, [switch] $WithPolicy)

    foreach ($row in $Eligibility) {
        $role = [string] $row.roleDefinitionId
        $known = $Seen[$role]
        if ($null -eq $known) {
            $known = @{ Definition = ConvertTo-PimHashtable $row.roleDefinition; Policy = $null }
            if ($WithPolicy -and $null -ne $row.Policy) { $known.Policy = ConvertTo-PimDirectoryPolicy $row.Policy }
            $Seen[$role] = $known
        }
        $row.roleDefinition = $known.Definition
        if ($WithPolicy) { $row.Policy = $known.Policy }

        $pairs = $row.principal
        if ($null -ne $pairs) {
            # As many places as it needs, and one text for a name that all rows have: tens of thousands of rows are kept in memory.
            $principal = [hashtable]::new([int] ($pairs.Count / 2), [System.StringComparer]::OrdinalIgnoreCase)
            for ($place = 0; $place -lt $pairs.Count; $place += 2) {
                $name = [string]::Intern($pairs[$place])
                $value = $pairs[$place + 1]
                # A call for each value would be most of the time that a long list takes.
                $isPlain = $null -eq $value -or $value -is [string] -or $value -is [System.ValueType] -or ($value -is [array] -and $value.Count -eq 0)
                if ($isPlain) { $principal[$name] = $value } else { $principal[$name] = ConvertTo-PimHashtable $value }
            }
            $row.principal = $principal
        }
        $row.PSObject.TypeNames.Insert(0, 'PIMStepUp.DirectoryRoleEligibility')
        $row
    }
}

function Add-PimTypeName {
    # Objects of the core with the type that the format file knows.
    param([object[]] $Object, [string] $TypeName)

    foreach ($one in $Object) {
        $one.PSObject.TypeNames.Insert(0, $TypeName)
        $one
    }
}

function Write-PimScopeFailure {
    # A scope that cannot be read is an error of its own; the others were listed.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Reply)

    foreach ($failed in $Reply.failed) { $Cmdlet.WriteError((New-PimErrorRecord -Failure $failed.error -Target $failed.scope)) }
}
