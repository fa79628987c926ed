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
            $principal = @{}
            for ($place = 0; $place -lt $pairs.Count; $place += 2) {
                $value = $pairs[$place + 1]
                # A call for each value would be most of the time that a long list takes.
                $isPlain = $null -eq $value -or $value -is [string] -or $value -is [System.ValueType] -or ($value -is [array] -and $value.Count -eq 0)
                if ($isPlain) { $principal[$pairs[$place]] = $value } else { $principal[$pairs[$place]] = ConvertTo-PimHashtable $value }
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
