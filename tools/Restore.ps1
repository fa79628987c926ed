# What the tasks need beside cargo: modules from NuGet or the PowerShell Gallery, programs from the system.

$PesterVersion = '6.2.0'

# Other PowerShell processes (tests, the browser command) call `pwsh`: where PowerShell runs as a .NET tool, a script of that name starts it.
function Initialize-PowerShellCommand {
    if ((Get-Command pwsh -CommandType Application -ErrorAction Ignore) -or $IsWindows) { return }

    $folder = Join-Path $script:Build.Cache bin
    $null = New-Item -ItemType Directory -Force $folder
    $file = Join-Path $folder pwsh
    $library = Join-Path $PSHOME pwsh.dll
    Set-Content -LiteralPath $file "#!/bin/sh`nexec dotnet '$library' `"`$@`""
    & chmod +x $file
    $env:PATH = $folder + [IO.Path]::PathSeparator + $env:PATH
}

# The folder of a NuGet package, restored with the .NET SDK: it needs no client of its own and checks the signatures.
function Get-NuGetPackage {
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [string] $Version)

    $packages = Join-Path $script:Build.Cache nuget
    $folder = Join-Path $packages $Name.ToLowerInvariant() $Version
    if (Test-Path -LiteralPath (Join-Path $folder '.nupkg.metadata')) { return $folder }

    $project = Join-Path $script:Build.Cache restore $Name "$Name.csproj"
    $null = New-Item -ItemType Directory -Force (Split-Path $project)
    Set-Content -LiteralPath $project @"
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>netstandard2.0</TargetFramework><DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences></PropertyGroup>
  <ItemGroup><PackageDownload Include="$Name" Version="[$Version]" /></ItemGroup>
</Project>
"@
    $null = Invoke-Program dotnet ('restore', $project, '--packages', $packages) -Log "restore-$Name"
    $folder
}

function Get-PesterManifest {
    $here = Get-Module Pester -ListAvailable | Where-Object Version -eq $PesterVersion | Select-Object -First 1
    if ($here) { return $here.Path }

    if (Get-Command dotnet -CommandType Application -ErrorAction Ignore) {
        return Join-Path (Get-NuGetPackage Pester $PesterVersion) tools Pester.psd1
    }

    $modules = Join-Path $script:Build.Cache modules
    $manifest = Join-Path $modules Pester $PesterVersion Pester.psd1
    if (-not (Test-Path -LiteralPath $manifest)) {
        $null = New-Item -ItemType Directory -Force $modules
        Save-PSResource -Name Pester -Version $PesterVersion -Path $modules -TrustRepository -Repository PSGallery
    }
    $manifest
}

$SystemPackages = @{
    gcc = 'gcc', 'libc6-dev'
    valgrind = @('valgrind')
    chromium = @('chromium')
    chromedriver = @('chromium-driver')
    npm = 'nodejs', 'npm'
}

function Find-Program {
    param([Parameter(Mandatory)] [string] $Name)

    if ($Name -eq 'chromium') {
        Import-Module (Join-Path $script:Build.Root tests browser Browser.psm1)
        return Find-Chromium
    }
    $names = if ($Name -eq 'gcc') { 'cc', 'gcc', 'clang' } else { $Name }
    Get-Command $names -CommandType Application -ErrorAction Ignore | Select-Object -First 1 -ExpandProperty Source
}

# Installs what is missing where that is possible without asking (root on a Debian system) and returns what still is.
function Install-SystemProgram {
    param([Parameter(Mandatory)] [string[]] $Name)

    $missing = @($Name | Where-Object { -not (Find-Program $_) })
    if (-not $missing) { return }

    if ($IsLinux -and (& id -u) -eq '0' -and (Get-Command apt-get -CommandType Application -ErrorAction Ignore)) {
        $packages = @($missing | ForEach-Object { $SystemPackages[$_] })
        Invoke-Step "install $($packages -join ', ')" {
            $before = $env:DEBIAN_FRONTEND
            $env:DEBIAN_FRONTEND = 'noninteractive'
            try {
                $null = Invoke-Program apt-get ('update', '-qq') -Log apt-update -AllowFailure
                $null = Invoke-Program apt-get (@('install', '--yes', '-qq', '--no-install-recommends') + $packages) -Log apt-install -AllowFailure
            } finally {
                $env:DEBIAN_FRONTEND = $before
            }
        }
    }
    $missing | Where-Object { -not (Find-Program $_) }
}

function Get-InstallHint {
    param([Parameter(Mandatory)] [string[]] $Name)
    $packages = @($Name | ForEach-Object { $SystemPackages[$_] }) -join ' '
    if ($IsLinux) { "install it, for example with ``sudo apt-get install $packages``" } else { "install $($Name -join ' and ')" }
}
