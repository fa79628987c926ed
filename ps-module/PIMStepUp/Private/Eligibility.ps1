function ConvertTo-PimDirectoryPolicy {
    param($Policy)

    $Policy.PSObject.TypeNames.Insert(0, 'PIMStepUp.DirectoryRolePolicy')
    $Policy
}

function Write-PimScopeFailure {
    # A scope that cannot be read is an error of its own; the others were listed.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Reply)

    foreach ($failed in $Reply.failed) { $Cmdlet.WriteError((New-PimErrorRecord -Failure $failed.error -Target $failed.scope)) }
}
