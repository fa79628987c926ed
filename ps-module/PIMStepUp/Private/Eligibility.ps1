function ConvertTo-PimDirectoryPolicy {
    param($Policy)

    $Policy.PSObject.TypeNames.Insert(0, 'PIMStepUp.DirectoryRolePolicy')
    $Policy
}

function ConvertTo-PimDirectoryEligibility {
    # Nested objects are dictionaries, as the Graph SDK makes them. What repeats from row to row is made once: $Seen keeps it.
    param($Eligibility, [hashtable] $Seen)

    $properties = $Eligibility.PSObject.Properties
    if ($properties['principal']) { $Eligibility.principal = ConvertTo-PimHashtable $Eligibility.principal }
    $role = [string] $Eligibility.roleDefinitionId
    if ($properties['roleDefinition']) {
        if (-not $Seen.Roles.ContainsKey($role)) { $Seen.Roles[$role] = ConvertTo-PimHashtable $Eligibility.roleDefinition }
        $Eligibility.roleDefinition = $Seen.Roles[$role]
    }
    if ($properties['Policy'] -and $null -ne $Eligibility.Policy) {
        if (-not $Seen.Policies.ContainsKey($role)) { $Seen.Policies[$role] = ConvertTo-PimDirectoryPolicy $Eligibility.Policy }
        $Eligibility.Policy = $Seen.Policies[$role]
    }
    $Eligibility.PSObject.TypeNames.Insert(0, 'PIMStepUp.DirectoryRoleEligibility')
    $Eligibility
}

function Write-PimScopeFailure {
    # A scope that cannot be read is an error of its own; the others were listed.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Reply)

    foreach ($failed in $Reply.failed) { $Cmdlet.WriteError((New-PimErrorRecord -Failure $failed.error -Target $failed.scope)) }
}
