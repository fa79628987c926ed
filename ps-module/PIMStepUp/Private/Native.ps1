# The functions of the C ABI as pim_stepup.h declares them: name, result, arguments. A test compares the two lists.
# A pointer to bytes that the library reads is byte[], a pointer to a result ends in &.
$script:PimNativeTable = @(
    'pim_abi_version  uint32'
    'pim_version      IntPtr'
    'pim_session_new  int32   byte[] uint32 uint64&'
    'pim_session_free int32   uint64'
    'pim_call_start   int32   uint64 byte[] uint32 byte[] uint32 uint64&'
    'pim_call_next    int32   uint64 uint32 IntPtr& uint32&'
    'pim_call_reply   int32   uint64 byte[] uint32'
    'pim_call_cancel  int32   uint64'
    'pim_call_free    int32   uint64'
    'pim_buffer_free  void    IntPtr uint32'
)

# The ABI that this file speaks.
$script:PimNativeAbi = 1

$script:PimNative = $null

function Get-PimPlatform {
    # Windows PowerShell 5.1 runs on .NET versions without RuntimeInformation, so Windows is told by its environment.
    if ($PSVersionTable['Platform'] -ne 'Unix') {
        $architecture = switch ($env:PROCESSOR_ARCHITECTURE) { 'AMD64' { 'x64' } 'ARM64' { 'arm64' } default { "$_".ToLowerInvariant() } }
        return @{ Rid = "win-$architecture"; Library = 'pim_stepup.dll'; Emulator = 'pim-emulator.exe' }
    }
    # Such as linux-x64, linux-musl-arm64, osx-arm64; a distribution's own build of .NET says ubuntu.24.04-x64 and the like.
    $runtime = [System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
    $architecture = if ($runtime -like '*-arm64') { 'arm64' } elseif ($runtime -like '*-x64') { 'x64' } else { $runtime }
    if ($runtime -like 'osx-*') { return @{ Rid = "osx-$architecture"; Library = 'libpim_stepup.dylib'; Emulator = 'pim-emulator' } }
    $system = if ($runtime -like 'linux-musl-*') { 'linux-musl' } else { 'linux' }
    @{ Rid = "$system-$architecture"; Library = 'libpim_stepup.so'; Emulator = 'pim-emulator' }
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
    # The binding is made at the first use: at import it would cost more than everything else together.
    param([System.Management.Automation.PSCmdlet] $Cmdlet)

    if ($script:PimNative) { return $script:PimNative }

    # By absolute path: a dynamic assembly has no folder in which .NET could look for the library.
    $library = Get-PimBinary -Name Library
    $assembly = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly(
        [System.Reflection.AssemblyName]::new('PIMStepUp.Native'), [System.Reflection.Emit.AssemblyBuilderAccess]::Run)
    $builder = $assembly.DefineDynamicModule('PIMStepUp.Native').DefineType('PIMStepUp.Native',
        [System.Reflection.TypeAttributes]'Public, Abstract, Sealed')
    foreach ($row in $script:PimNativeTable) {
        $name, $typeNames = -split $row
        $result, $parameters = foreach ($typeName in $typeNames) { [System.Type]::GetType("System.$typeName", $true, $true) }
        $method = $builder.DefinePInvokeMethod($name, $library,
            [System.Reflection.MethodAttributes]'Public, Static, PinvokeImpl', [System.Reflection.CallingConventions]::Standard,
            $result, [System.Type[]] $parameters, [System.Runtime.InteropServices.CallingConvention]::Cdecl, [System.Runtime.InteropServices.CharSet]::Ansi)
        $method.SetImplementationFlags([System.Reflection.MethodImplAttributes]::PreserveSig)
    }
    $native = $builder.CreateType()
    try {
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
