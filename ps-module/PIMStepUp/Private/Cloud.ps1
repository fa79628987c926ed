function Get-PimCloudConfiguration {
    # What -Environment adds to a configuration: a cloud by its name, or by its endpoints. Objects of other processes have lost their type.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Environment)

    if ($null -eq $Environment) { return @{} }
    if ($Environment -is [string] -or $Environment -is [System.ValueType]) { return @{ cloud = ConvertTo-PimScalarText $Environment } }
    if (Get-PimField $Environment 'ActiveDirectoryAuthority') { return @{ cloud = ConvertTo-PimAzCloud $Environment } }
    $isEmulator = @($Environment.PSObject.TypeNames) -match '^(Deserialized\.)?PIMStepUp\.Emulator$'
    $cloud = @{ name = [string] (Get-PimField $Environment 'Name' $(if ($isEmulator) { 'Emulator' } else { 'Custom' })) }
    foreach ($service in 'Login', 'Graph', 'Arm') {
        $cloud[$service.ToLowerInvariant()] = [string] (Get-PimField $Environment $service)
        if ($cloud[$service.ToLowerInvariant()]) { continue }
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Target 'Environment' -Failure @{
                    code = 'InvalidConfiguration'; category = 'InvalidArgument'; message = "-Environment is neither a cloud's name nor its endpoints: it has no $service"
                    hint = 'give Global, USGovL4, USGovL5DoD or China, what Start-PIMEmulator returned, or @{ Login = ''https://...''; Graph = ''https://...''; Arm = ''https://...'' }'
                }))
    }
    $fields = @{ cloud = $cloud }
    $tenant, $roots = (Get-PimField $Environment 'TenantId'), (Get-PimField $Environment 'CertificateFile')
    if ($tenant) { $fields['tenant'] = [string] $tenant }
    if ($roots) { $fields['trustedRootsFile'] = [string] $roots }
    $fields
}
