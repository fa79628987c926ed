# From the sources to out/PIMStepUp: the module as users get it, with the native parts of this machine's kind.

function Get-RuntimeId {
    $system = if ($IsWindows) { 'win' } elseif ($IsMacOS) { 'osx' } else { 'linux' }
    $architecture = [System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture.ToString().ToLowerInvariant()
    "$system-$architecture"
}

function Get-NativeFileName {
    if ($IsWindows) { 'pim_stepup.dll', 'pim-emulator.exe' }
    elseif ($IsMacOS) { 'libpim_stepup.dylib', 'pim-emulator' }
    else { 'libpim_stepup.so', 'pim-emulator' }
}

# The credential store of this system. That of Linux is always there: it is a feature of the workspace.
function Get-StoreFeature {
    if ($IsWindows) { '--features', 'keyring/windows-native' }
    elseif ($IsMacOS) { '--features', 'keyring/apple-native' }
}

function Invoke-BuildTask {
    Write-Title 'Build'
    $null = Initialize-Cargo
    Invoke-Step 'compile the native library and the emulator (release)' {
        $null = Invoke-Cargo (@('build', '--release', '--package', 'pim-core', '--package', 'pim-ffi', '--package', 'pim-emulator') + @(Get-StoreFeature)) -Log build
    }
    Invoke-Step "pack the module into out/PIMStepUp ($(Get-RuntimeId))" { Export-Module }
}

function Export-Module {
    $source = Join-Path $script:Build.Root ps-module PIMStepUp
    $target = Join-Path $script:Build.Out PIMStepUp

    $native = Join-Path $source bin (Get-RuntimeId)
    $null = New-Item -ItemType Directory -Force $native
    foreach ($name in Get-NativeFileName) {
        # A library that some PowerShell has loaded must not be written over: that process would fall over.
        $file = Join-Path $native $name
        if (Test-Path -LiteralPath $file) { Remove-Item -LiteralPath $file -Force }
        Copy-Item -LiteralPath (Join-Path $script:Build.Root target release $name) $file
    }
    Export-NativeBinding -Table (Join-Path $script:Build.Root ps-module native functions.txt) -Path (Join-Path $native PIMStepUp.Native.dll)

    if (Test-Path -LiteralPath $target) { Remove-Item -LiteralPath $target -Recurse -Force }
    $null = New-Item -ItemType Directory -Force $target
    foreach ($item in Get-ChildItem -LiteralPath $source | Where-Object Name -notin Public, Private, PIMStepUp.psm1) {
        Copy-Item -LiteralPath $item.FullName $target -Recurse
    }
    foreach ($name in 'LICENSE', 'CHANGELOG.md') { Copy-Item -LiteralPath (Join-Path $script:Build.Root $name) $target }
    Merge-Module -Source $source -Target (Join-Path $target PIMStepUp.psm1)

    $header = Join-Path $script:Build.Root rust ffi include pim_stepup.h
    $include = Join-Path $script:Build.Out include
    $null = New-Item -ItemType Directory -Force $include
    Copy-Item -LiteralPath $header $include

    Assert-ModuleVersion (Join-Path $target PIMStepUp.psd1)
}

# One file loads several times faster than the many that it is written in.
function Merge-Module {
    param([Parameter(Mandatory)] [string] $Source, [Parameter(Mandatory)] [string] $Target)

    $parts = foreach ($folder in 'Private', 'Public') {
        foreach ($file in Get-ChildItem -LiteralPath (Join-Path $Source $folder) -Filter *.ps1 | Sort-Object Name) {
            (Get-Content -LiteralPath $file.FullName -Raw).Trim()
        }
    }
    $parts -join "`n`n" | Set-Content -LiteralPath $Target -Encoding utf8

    $errors = $null
    $null = [System.Management.Automation.Language.Parser]::ParseFile($Target, [ref] $null, [ref] $errors)
    if ($errors) { Stop-Build "the merged module does not parse: $($errors[0].Message) at line $($errors[0].Extent.StartLineNumber) of $(Get-ShownPath $Target)" }
}

function Get-WorkspaceVersion {
    $text = Get-Content -LiteralPath (Join-Path $script:Build.Root Cargo.toml) -Raw
    if ($text -notmatch '(?s)\[workspace\.package\][^\[]*?\bversion\s*=\s*"([^"]+)"') { Stop-Build 'Cargo.toml has no `workspace.package.version`' }
    $Matches[1]
}

function Assert-ModuleVersion {
    param([string] $Manifest)

    $module = (Import-PowerShellDataFile -LiteralPath $Manifest).ModuleVersion
    $workspace = Get-WorkspaceVersion
    if ($module -ne $workspace) { Stop-Build "the module's version is $module and the workspace's is ${workspace}: make them equal" }
}

function Invoke-PackageTask {
    Invoke-BuildTask
    $version = Get-WorkspaceVersion
    $module = Join-Path $script:Build.Out PIMStepUp

    Invoke-Step "make out/PIMStepUp-$version.zip" {
        Compress-Archive -Path $module -DestinationPath (Join-Path $script:Build.Out "PIMStepUp-$version.zip") -Force
    }
    if (Get-Command Compress-PSResource -ErrorAction Ignore) {
        Invoke-Step "make out/PIMStepUp.$version.nupkg" {
            Remove-Item (Join-Path $script:Build.Out "PIMStepUp.$version.nupkg") -ErrorAction Ignore
            Compress-PSResource -Path $module -DestinationPath $script:Build.Out
        }
    }
}
