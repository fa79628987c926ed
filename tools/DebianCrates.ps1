# Rust crates from Debian's packages, for machines that reach a Debian mirror but not crates.io.
#
# apt-get runs with lists, cache and an empty status file of its own: the machine's packages are neither read nor
# touched, and no root is needed. The mirror and its key are those that the machine already trusts.

$DebianSuite = 'forky'

function Get-DebianFolder { Join-Path $script:Build.Cache debian }

# cargo finds it from the folder of links, which lies beside it. Arguments would not reach what runs below `cargo clippy`.
function Get-DebianCargoConfig { Join-Path $script:Build.Cache .cargo config.toml }

function Set-DebianCargoConfig {
    $file = Get-DebianCargoConfig
    $null = New-Item -ItemType Directory -Force (Split-Path $file)
    Set-Content -LiteralPath $file @(
        '[source.crates-io]'
        'replace-with = "debian"'
        '[source.debian]'
        "directory = '$(Join-Path (Get-DebianFolder) root usr share cargo registry)'"
        '[net]'
        'offline = true'
    )
}

# The packages of every dependency that the workspace names, by rule: name and version, each feature where Debian
# splits it off. What cargo then still misses is added until nothing is missing.
function Install-DebianCrate {
    param([Parameter(Mandatory)] [string] $Cargo, [Parameter(Mandatory)] [string] $Workspace)

    foreach ($tool in 'apt-get', 'apt-cache', 'dpkg-deb') {
        if (-not (Get-Command $tool -CommandType Application -ErrorAction Ignore)) {
            Stop-Build "neither crates.io nor Debian's packages can be reached: ``$tool`` is not on the PATH"
        }
    }

    Invoke-Step "read Debian's package lists ($DebianSuite)" { Initialize-Apt }
    $wanted = [System.Collections.Generic.List[string]]::new([string[]] @(Select-KnownPackage (Get-CandidatePackage $Cargo $Workspace)))

    Set-DebianCargoConfig

    for ($round = 1; ; $round++) {
        Invoke-Step "fetch the crates from Debian ($($wanted.Count) names)" { Expand-Package (Resolve-Package $wanted) }
        $lock = Join-Path $Workspace Cargo.lock
        if (Test-Path -LiteralPath $lock) { Remove-Item -LiteralPath $lock }

        $run = Invoke-Program $Cargo generate-lockfile -Log debian-crates -WorkingDirectory $Workspace -AllowFailure
        if ($run.ExitCode -eq 0) { return }

        $text = Get-Content -LiteralPath $run.Log -Raw
        $missing = @(Select-KnownPackage (Get-MissingPackage $text) | Where-Object { $_ -notin $wanted })
        if (-not $missing -or $round -ge 40) {
            Write-Host $text
            Stop-Build "Debian's packages do not satisfy the workspace's dependencies"
        }
        $wanted.AddRange([string[]] $missing)
    }
}

function Get-PackageName {
    param([string] $Crate, [string] $Requirement, [string] $Feature)

    $name = 'librust-' + $Crate.ToLowerInvariant().Replace('_', '-')
    if ($Requirement -match '^[\^=~>]*\s*(0\.\d+|[1-9]\d*)') { $name += '-' + $Matches[1] }
    if ($Feature) { $name += '+' + $Feature.ToLowerInvariant().Replace('_', '-') }
    "$name-dev"
}

function Get-CandidatePackage {
    param([string] $Cargo, [string] $Workspace)

    Push-Location -LiteralPath $Workspace
    try { $metadata = & $Cargo metadata --no-deps --format-version 1 --offline | ConvertFrom-Json } finally { Pop-Location }

    foreach ($dependency in $metadata.packages.dependencies | Where-Object source) {
        Get-PackageName $dependency.name $dependency.req
        $features = @($dependency.features)
        if ($dependency.uses_default_features) { $features += 'default' }
        foreach ($feature in $features) { Get-PackageName $dependency.name $dependency.req $feature }
    }
}

# cargo names one missing crate at a time, with the version it wants where another version is there.
function Get-MissingPackage {
    param([string] $Text)

    if ($Text -match 'no matching package named `([^`]+)` found') { Get-PackageName $Matches[1] }
    if ($Text -match 'failed to select a version for the requirement `(\S+) = "([^"]+)"') { Get-PackageName $Matches[1] $Matches[2] }
    if ($Text -match 'searched package name: `([^`]+)`') { Get-PackageName $Matches[1] }
    if ($Text -match 'required by package `') {
        foreach ($match in [regex]::Matches($Text, '`([A-Za-z0-9_-]+) = "([^"]+)"`')) { Get-PackageName $match.Groups[1].Value $match.Groups[2].Value }
    }
}

function Invoke-Apt {
    param([string] $Tool, [string[]] $Arguments, [string] $Log)

    $before = $env:APT_CONFIG
    try {
        $env:APT_CONFIG = Join-Path (Get-DebianFolder) apt apt.conf
        (Invoke-Program $Tool $Arguments -Log $Log).Log
    } finally {
        $env:APT_CONFIG = $before
    }
}

function Initialize-Apt {
    $root = Join-Path (Get-DebianFolder) apt
    foreach ($folder in 'state/lists/partial', 'cache/archives/partial', 'etc/apt.conf.d', 'etc/preferences.d', 'etc/trusted.gpg.d') {
        $null = New-Item -ItemType Directory -Force (Join-Path $root $folder)
    }
    Set-Content -LiteralPath (Join-Path $root state status) '' -NoNewline

    $mirror = Get-DebianMirror
    Set-Content -LiteralPath (Join-Path $root etc sources.list) "deb [signed-by=$($mirror.Key)] $($mirror.Uri) $DebianSuite main"

    $settings = @(
        "Dir `"$root`";"
        'Dir::State "state";'
        "Dir::State::status `"$root/state/status`";"
        'Dir::Cache "cache";'
        'Dir::Etc "etc";'
        'Dir::Etc::sourcelist "sources.list";'
        'Dir::Etc::trustedparts "trusted.gpg.d";'
        'APT::Install-Recommends "false";'
        'Acquire::Languages "none";'
        # Some mirrors serve a frozen copy whose date has passed. Its signature is checked all the same.
        'Acquire::Check-Valid-Until "false";'
        # The folder belongs to whoever builds; apt's own user may not be able to enter it.
        "APT::Sandbox::User `"$([Environment]::UserName)`";"
    )
    $settings += & apt-config dump 2>$null | Where-Object { $_ -match '^Acquire::(https?|ftp|Retries|ForceIPv)\b' -and $_ -notmatch '""' }
    Set-Content -LiteralPath (Join-Path $root apt.conf) $settings

    $null = Invoke-Apt apt-get update -Log debian-update
}

function Get-DebianMirror {
    # Without --no-release-info apt-get names no source whose lists it has not read yet, as on a fresh machine.
    $targets = & apt-get indextargets --no-release-info --format '$(REPO_URI)|$(COMPONENT)|$(SIGNED_BY)' 'Created-By: Packages' 2>$null
    $main = $targets | ForEach-Object {
        $uri, $component, $key = $_ -split '\|'
        if ($component -eq 'main' -and $uri -match '/debian/?$') { [pscustomobject] @{ Uri = $uri; Key = $key } }
    } | Select-Object -First 1
    if (-not $main) { Stop-Build 'neither crates.io nor Debian''s packages can be reached: apt''s sources name no Debian archive' }

    if (-not $main.Key -or -not (Test-Path -LiteralPath $main.Key)) { $main.Key = '/usr/share/keyrings/debian-archive-keyring.gpg' }
    if (-not (Test-Path -LiteralPath $main.Key)) { Stop-Build "the Debian archive's key is missing: install the package debian-archive-keyring" }
    $main
}

# Only names that some package has or provides: Debian splits a feature off only where it needs more packages.
function Select-KnownPackage {
    param([string[]] $Name)

    $names = @($Name | Sort-Object -Unique)
    if (-not $names) { return }
    $log = Invoke-Apt apt-cache (@('showpkg') + $names) -Log debian-names

    $current, $section, $known = '', '', $false
    foreach ($line in [IO.File]::ReadLines($log)) {
        if ($line -match '^Package: (\S+)') { $current, $section = $Matches[1], '' }
        elseif ($line -match '^(Versions|Reverse Provides): ?$') { $section = $Matches[1] }
        elseif ($line -match '^(Reverse Depends|Dependencies|Provides): ?$') { $section = '' }
        elseif ($section -and $line.Trim() -and $current) {
            $current
            $current = ''
        }
    }
}

# Name and version of every librust package that the wanted ones need; nothing is installed.
function Resolve-Package {
    param([string[]] $Name)

    $log = Invoke-Apt apt-get (@('install', '--simulate', '-qq') + $Name) -Log debian-resolve
    foreach ($line in [IO.File]::ReadLines($log)) {
        if ($line -match '^Inst (librust-\S+) \((\S+)') { "$($Matches[1] -replace ':.*')=$($Matches[2])" }
    }
}

function Expand-Package {
    param([string[]] $Package)

    $folder = Get-DebianFolder
    $archives = Join-Path $folder archives
    $root = Join-Path $folder root
    $null = New-Item -ItemType Directory -Force $archives, $root

    $done = Join-Path $folder unpacked
    $have = if (Test-Path -LiteralPath $done) { @(Get-Content -LiteralPath $done) } else { @() }
    $new = @($Package | Where-Object { $_ -notin $have })
    if (-not $new) { return }

    $before = $env:APT_CONFIG
    try {
        $env:APT_CONFIG = Join-Path $folder apt apt.conf
        $null = Invoke-Program apt-get (@('download', '-qq') + $new) -Log debian-download -WorkingDirectory $archives
    } finally {
        $env:APT_CONFIG = $before
    }

    foreach ($archive in Get-ChildItem -LiteralPath $archives -Filter *.deb) {
        & dpkg-deb -x $archive.FullName $root
        if ($LASTEXITCODE -ne 0) { Stop-Build "``$($archive.Name)`` could not be unpacked" }
        Remove-Item -LiteralPath $archive.FullName
    }
    Add-Content -LiteralPath $done $new
}
