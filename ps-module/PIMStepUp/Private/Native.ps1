# Nothing of this works in a constrained language. Said at the import, since each later error would be about something else.
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    throw "PIMStepUp is not trusted here: it was loaded in $($ExecutionContext.SessionState.LanguageMode) mode, where it cannot work. Have the module signed, or its path allowed, by whoever enforces that."
}

# The ABI that this file speaks.
$script:PimNativeAbi = 1

$script:PimNative = $null

function Get-PimPlatform {
    # Such as linux-x64, linux-musl-arm64, osx-arm64, win-x64. Small functions: the first use of the library waits until they are compiled.
    if ($PSVersionTable['Platform'] -ne 'Unix') { return Get-PimWindowsPlatform }
    $runtime = [System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
    if ($runtime -eq 'linux-x64') { return $runtime }
    Get-PimUnixPlatform $runtime
}

function Get-PimUnixPlatform {
    # A distribution's own build of .NET says ubuntu.24.04-x64 and the like.
    param([string] $Runtime)

    $architecture = if ($Runtime -like '*-arm64') { 'arm64' } elseif ($Runtime -like '*-x64') { 'x64' } else { $Runtime }
    $system = if ($Runtime -like 'osx*') { 'osx' } elseif ($Runtime -like 'linux-musl-*') { 'linux-musl' } else { 'linux' }
    "$system-$architecture"
}

function Get-PimWindowsPlatform {
    # Windows PowerShell 5.1 runs on .NET versions without RuntimeInformation, so the environment tells.
    $architecture = switch ($env:PROCESSOR_ARCHITECTURE) { 'AMD64' { 'x64' } 'ARM64' { 'arm64' } default { "$_".ToLowerInvariant() } }
    "win-$architecture"
}

function Get-PimBinary {
    # The absolute path at which the package has a file for this platform.
    param([string] $Name)

    $platform = Get-PimPlatform
    if ($Name -eq 'Binding') {
        $file = 'PIMStepUp.Native.dll'
    } elseif ($Name -eq 'Emulator') {
        $file = if ($platform -like 'win-*') { 'pim-emulator.exe' } else { 'pim-emulator' }
    } else {
        $file = if ($platform -like 'win-*') { 'pim_stepup.dll' } elseif ($platform -like 'osx-*') { 'libpim_stepup.dylib' } else { 'libpim_stepup.so' }
    }
    "$($ExecutionContext.SessionState.Module.ModuleBase)/bin/$platform/$file"
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

    try {
        $native = [System.Reflection.Assembly]::LoadFrom((Get-PimBinary -Name Binding)).GetType('PIMStepUp.Native', $true)
        $abi = $native::pim_abi_version()
    } catch {
        $library = Get-PimBinary -Name Library
        $Cmdlet.ThrowTerminatingError((New-PimBinaryError "``$library`` could not be loaded: $($_.Exception.GetBaseException().Message)" $library))
    }
    if ($abi -ne $script:PimNativeAbi) {
        $library = Get-PimBinary -Name Library
        $Cmdlet.ThrowTerminatingError((New-PimBinaryError "``$library`` speaks ABI $abi, the module speaks ABI $($script:PimNativeAbi)" $library))
    }
    $script:PimNative = $native
    $native
}
