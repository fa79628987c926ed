# One way to run cargo: it knows where the crates come from and in which folder cargo runs.
#
# cargo runs in a folder of links to the sources unless a lock file is committed, so that the lock it writes
# (whose content depends on where the crates came from) stays out of the source tree.

function Get-CargoProgram {
    $found = Get-Command cargo -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if ($found) { return $found.Source }

    $name = if ($IsWindows) { 'cargo.exe' } else { 'cargo' }
    $usual = Join-Path $HOME .cargo bin $name
    if (Test-Path -LiteralPath $usual) {
        $env:PATH = (Split-Path $usual) + [IO.Path]::PathSeparator + $env:PATH
        return $usual
    }
    Stop-Build 'Rust 1.89 or newer is needed and `cargo` is not on the PATH: install it from https://rustup.rs or from your system''s packages'
}

function Update-LinkedWorkspace {
    param([Parameter(Mandatory)] [string] $Path)

    $null = New-Item -ItemType Directory -Force $Path
    $skipped = '.git', 'target', 'out', 'Cargo.lock'
    $wanted = Get-ChildItem -LiteralPath $script:Build.Root -Force | Where-Object Name -notin $skipped

    foreach ($stale in Get-ChildItem -LiteralPath $Path -Force | Where-Object { $_.LinkType -and $_.Name -notin $wanted.Name }) {
        Remove-Item -LiteralPath $stale.FullName
    }
    foreach ($item in $wanted) {
        $link = Join-Path $Path $item.Name
        if (-not (Test-Path -LiteralPath $link)) { $null = New-Item -ItemType SymbolicLink -Path $link -Target $item.FullName }
    }
}

# Changes when a dependency does: what was fetched for the old ones may lack something then.
function Get-DependencyHash {
    $manifests = @(Join-Path $script:Build.Root Cargo.toml) + (Get-ChildItem (Join-Path $script:Build.Root rust) -Filter Cargo.toml -Recurse -Depth 1).FullName
    $text = $manifests | Sort-Object | ForEach-Object { Get-Content -LiteralPath $_ -Raw }
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($text -join "`n")
    [Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData($bytes)).Substring(0, 16)
}

# crates.io where it answers, Debian's packages of the same crates elsewhere. The choice holds until a dependency changes.
function Initialize-Cargo {
    if ($script:Build.Cargo) { return $script:Build.Cargo }

    $cargo = Get-CargoProgram
    $locked = Test-Path -LiteralPath (Join-Path $script:Build.Root Cargo.lock)
    $linked = Join-Path $script:Build.Cache workspace
    $folder = if ($locked -or $IsWindows) { $script:Build.Root } else { $linked }
    if ($folder -eq $linked) { Update-LinkedWorkspace $linked }

    $marker = Join-Path $script:Build.Cache crates-source
    $hash = Get-DependencyHash
    $known = if (Test-Path -LiteralPath $marker) { Get-Content -LiteralPath $marker } else { '' }

    if ($known -eq "debian $hash") {
        Update-LinkedWorkspace $linked
        $folder = $linked
    } elseif ($known -ne "crates.io $hash") {
        $null = New-Item -ItemType Directory -Force $script:Build.Cache
        Remove-Item -LiteralPath (Get-DebianCargoConfig) -ErrorAction Ignore
        if (Invoke-Step 'fetch the crates from crates.io' { Test-CratesIo $cargo $folder }) {
            Set-Content -LiteralPath $marker "crates.io $hash"
        } else {
            Write-Note 'crates.io does not answer: Debian''s packages of the same crates are taken'
            Update-LinkedWorkspace $linked
            $folder = $linked
            Install-DebianCrate -Cargo $cargo -Workspace $linked
            Set-Content -LiteralPath $marker "debian $hash"
        }
    }

    $script:Build.Cargo = @{ Program = $cargo; Folder = $folder }
    $script:Build.Cargo
}

function Test-CratesIo {
    param([string] $Cargo, [string] $Folder)

    $before = $env:CARGO_NET_RETRY, $env:CARGO_HTTP_TIMEOUT
    try {
        $env:CARGO_NET_RETRY, $env:CARGO_HTTP_TIMEOUT = '1', '10'
        $run = Invoke-Program $Cargo fetch -Log crates-io -WorkingDirectory $Folder -AllowFailure
    } finally {
        $env:CARGO_NET_RETRY, $env:CARGO_HTTP_TIMEOUT = $before
    }
    if ($run.ExitCode -eq 0) { return $true }

    # Everything but an unreachable registry is an error of ours that no other source of crates would mend.
    $text = Get-Content -LiteralPath $run.Log -Raw
    if ($IsLinux -and $text -match 'failed to download|download of config\.json failed|Could not resolve|offline|failed to query replaced source') { return $false }
    Write-Host ''
    Write-Host $text
    Stop-Build 'cargo could not fetch the crates'
}

function Invoke-Cargo {
    param(
        [Parameter(Mandatory)] [string[]] $Arguments,
        [Parameter(Mandatory)] [string] $Log,
        [switch] $AllowFailure
    )

    $cargo = Initialize-Cargo
    $env:CARGO_TARGET_DIR = Join-Path $script:Build.Root target
    $env:CARGO_TERM_COLOR = 'never'
    Invoke-Program $cargo.Program $Arguments -Log $Log -WorkingDirectory $cargo.Folder -AllowFailure:$AllowFailure
}
