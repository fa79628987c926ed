# The ABI that this file speaks.
$script:PimNativeAbi = 1

$script:PimNative = $null

function Get-PimPlatform {
    # Windows PowerShell 5.1 runs on .NET versions without RuntimeInformation, so Windows is told by its environment.
    if ($PSVersionTable['Platform'] -ne 'Unix') {
        $architecture = switch ($env:PROCESSOR_ARCHITECTURE) { 'AMD64' { 'x64' } 'ARM64' { 'arm64' } default { "$_".ToLowerInvariant() } }
        return @{ Rid = "win-$architecture"; Binding = 'PIMStepUp.Native.dll'; Library = 'pim_stepup.dll'; Emulator = 'pim-emulator.exe' }
    }
    # Such as linux-x64, linux-musl-arm64, osx-arm64; a distribution's own build of .NET says ubuntu.24.04-x64 and the like.
    $runtime = [System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
    $architecture = if ($runtime -like '*-arm64') { 'arm64' } elseif ($runtime -like '*-x64') { 'x64' } else { $runtime }
    if ($runtime -like 'osx-*') { return @{ Rid = "osx-$architecture"; Binding = 'PIMStepUp.Native.dll'; Library = 'libpim_stepup.dylib'; Emulator = 'pim-emulator' } }
    $system = if ($runtime -like 'linux-musl-*') { 'linux-musl' } else { 'linux' }
    @{ Rid = "$system-$architecture"; Binding = 'PIMStepUp.Native.dll'; Library = 'libpim_stepup.so'; Emulator = 'pim-emulator' }
}

function Get-PimBinary {
    # The absolute path at which the package has a file for this platform.
    param([string] $Name)

    $platform = Get-PimPlatform
    "$($ExecutionContext.SessionState.Module.ModuleBase)/bin/$($platform['Rid'])/$($platform[$Name])"
}

function New-PimBinaryError {
    param([string] $Message, [string] $Path)

    New-PimErrorRecord @{
        code = 'NativeLibraryMissing'; category = 'NotInstalled'; target = $Path; message = $Message
        hint = 'install a package of PIMStepUp that was built for this platform'
    }
}

function Get-PimNative {
    # Loaded at the first use, not at import. The library is found because it lies beside the assembly that names it.
    param([System.Management.Automation.PSCmdlet] $Cmdlet)

    if ($script:PimNative) { return $script:PimNative }

    $library = Get-PimBinary -Name Library
    try {
        $native = [System.Reflection.Assembly]::LoadFrom((Get-PimBinary -Name Binding)).GetType('PIMStepUp.Native', $true)
        $abi = $native::pim_abi_version()
    } catch {
        $Cmdlet.ThrowTerminatingError((New-PimBinaryError "``$library`` could not be loaded: $($_.Exception.GetBaseException().Message)" $library))
    }
    if ($abi -ne $script:PimNativeAbi) {
        $Cmdlet.ThrowTerminatingError((New-PimBinaryError "``$library`` speaks ABI $abi, the module speaks ABI $($script:PimNativeAbi)" $library))
    }
    $script:PimNative = $native
    $native
}
