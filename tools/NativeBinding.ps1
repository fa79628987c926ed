# The assembly through which PowerShell calls the library: one static class of P/Invoke declarations and no code.
# It is written by hand, not compiled, so that it can refer to mscorlib 4.0: the one name that every edition of PowerShell resolves.

function Export-NativeBinding {
    param([Parameter(Mandatory)] [string] $Table, [Parameter(Mandatory)] [string] $Path)

    $metadata = [System.Reflection.Metadata.Ecma335.MetadataBuilder]::new()
    $name = { param($text) $metadata.GetOrAddString($text) }
    $blob = { param([byte[]] $bytes) $metadata.GetOrAddBlob([System.Collections.Immutable.ImmutableArray]::Create[byte]($bytes)) }
    $none = $metadata.GetOrAddBlob([System.Collections.Immutable.ImmutableArray[byte]]::Empty)
    $version = [version] "$(Get-WorkspaceVersion).0"

    # The same table gives the same file: the module's id is made of the table.
    $digest = [System.Security.Cryptography.SHA256]::HashData([System.IO.File]::ReadAllBytes($Table))
    $id = $metadata.GetOrAddGuid([guid]::new([byte[]] $digest[0..15]))
    $null = $metadata.AddModule(0, (& $name 'PIMStepUp.Native.dll'), $id, [System.Reflection.Metadata.GuidHandle]::new(), [System.Reflection.Metadata.GuidHandle]::new())
    $null = $metadata.AddAssembly((& $name 'PIMStepUp.Native'), $version, [System.Reflection.Metadata.StringHandle]::new(), $none,
        0, [System.Reflection.AssemblyHashAlgorithm]::None)
    $mscorlib = $metadata.AddAssemblyReference((& $name 'mscorlib'), [version] '4.0.0.0', [System.Reflection.Metadata.StringHandle]::new(),
        (& $blob ([byte[]] (0xb7, 0x7a, 0x5c, 0x56, 0x19, 0x34, 0xe0, 0x89))), 0, $none)
    $object = $metadata.AddTypeReference($mscorlib, (& $name 'System'), (& $name 'Object'))
    $library = $metadata.AddModuleReference((& $name 'pim_stepup'))

    $first = [System.Reflection.Metadata.Ecma335.MetadataTokens]::MethodDefinitionHandle(1)
    $field = [System.Reflection.Metadata.Ecma335.MetadataTokens]::FieldDefinitionHandle(1)
    $null = $metadata.AddTypeDefinition(0, [System.Reflection.Metadata.StringHandle]::new(), (& $name '<Module>'), [System.Reflection.Metadata.EntityHandle]::new(), $field, $first)
    $null = $metadata.AddTypeDefinition([System.Reflection.TypeAttributes]'Public, Abstract, Sealed', (& $name 'PIMStepUp'), (& $name 'Native'), $object, $field, $first)

    $parameter = [System.Reflection.Metadata.Ecma335.MetadataTokens]::ParameterHandle(1)
    foreach ($row in Get-Content -LiteralPath $Table | Where-Object { $_ -and $_ -notlike '#*' }) {
        $function, $types = -split $row
        # ECMA-335 II.23.2.1: default calling convention, number of parameters, result, parameters.
        [byte[]] $signature = @(0x00, ($types.Count - 1)) + @(foreach ($type in $types) { Get-ElementType $type })
        $method = $metadata.AddMethodDefinition([System.Reflection.MethodAttributes]'Public, Static, HideBySig, PinvokeImpl',
            [System.Reflection.MethodImplAttributes]::PreserveSig, (& $name $function), (& $blob $signature), -1, $parameter)
        $null = $metadata.AddMethodImport($method, [System.Reflection.MethodImportAttributes]'CallingConventionCDecl, ExactSpelling', (& $name $function), $library)
    }

    $image = [System.Reflection.Metadata.BlobBuilder]::new()
    $pe = [System.Reflection.PortableExecutable.ManagedPEBuilder]::new(
        [System.Reflection.PortableExecutable.PEHeaderBuilder]::CreateLibraryHeader(),
        [System.Reflection.Metadata.Ecma335.MetadataRootBuilder]::new($metadata, 'v4.0.30319'), [System.Reflection.Metadata.BlobBuilder]::new())
    $null = $pe.Serialize($image)
    if (Test-Path -LiteralPath $Path) { Remove-Item -LiteralPath $Path -Force }
    [System.IO.File]::WriteAllBytes($Path, $image.ToArray())
}

# ECMA-335 II.23.1.16.
function Get-ElementType {
    param([Parameter(Mandatory)] [string] $Type)

    $elements = @{ void = 0x01; byte = 0x05; int32 = 0x08; uint32 = 0x09; uint64 = 0x0b; IntPtr = 0x18 }
    if ($Type.EndsWith('&')) { return 0x10, $elements[$Type.TrimEnd('&')] }
    if ($Type.EndsWith('[]')) { return 0x1d, $elements[$Type.Substring(0, $Type.Length - 2)] }
    $elements[$Type]
}
