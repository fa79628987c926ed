# Every suite, one summary line at the end. A suite that could not run where it must counts as a failure.

# Programs of the system that a suite cannot do without.
$SuitePrograms = @{ 'c-abi' = 'gcc', 'valgrind'; browser = 'chromium', 'chromedriver'; interop = 'npm' }

function Invoke-TestTask {
    param([string[]] $Only)

    $suites = [ordered] @{
        fmt     = { Test-Lint fmt ('fmt', '--all', '--check') }
        clippy  = { Test-Lint clippy ('clippy', '--workspace', '--all-targets', '--', '-D', 'warnings') }
        rustdoc = { Test-Rustdoc }
        cargo   = { Test-Cargo }
        'c-abi' = { Test-CAbi }
        module  = { Test-Module }
        browser = { Test-Browser }
        interop = { Test-Interop }
    }

    $chosen = @($Only | ForEach-Object { $_ -split ',' } | ForEach-Object Trim | Where-Object { $_ })
    $unknown = @($chosen | Where-Object { $_ -notin $suites.Keys })
    if ($unknown) { Stop-Build "there is no suite ``$($unknown[0])``: choose from $($suites.Keys -join ', ')" }
    if (-not $chosen) { $chosen = @($suites.Keys) }

    Initialize-PowerShellCommand
    $programs = @($chosen | ForEach-Object { $SuitePrograms[$_] } | Where-Object { $_ })
    if ($programs) { $null = Install-SystemProgram $programs }
    if ($chosen | Where-Object { $_ -in 'c-abi', 'module', 'browser', 'interop' }) { Invoke-BuildTask }

    Write-Title 'Test'
    $null = Initialize-Cargo
    $results = foreach ($name in $suites.Keys | Where-Object { $_ -in $chosen }) {
        Write-Host ('  {0,-10} ' -f $name) -NoNewline
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        try {
            $result = & $suites[$name]
        } catch {
            $result = New-SuiteResult -Failed 1 -Detail $_.Exception.Message
        }
        $color = if ($result.Failed) { 'Red' } elseif ($result.Skipped) { 'Yellow' } else { 'Green' }
        Write-Host ('{0,5} passed {1,4} failed {2,4} skipped   {3,8}' -f $result.Passed, $result.Failed, $result.Skipped, (Format-Duration $clock.Elapsed)) -ForegroundColor $color
        $result | Add-Member Name $name -PassThru
    }

    foreach ($result in $results | Where-Object Failed) {
        Write-Title "$($result.Name): $($result.Failed) failed"
        foreach ($line in $result.Detail) { Write-Host "  $line" }
    }
    foreach ($result in $results | Where-Object { $_.Skipped -and -not $_.Failed }) {
        foreach ($line in $result.Detail) { Write-Note "$($result.Name): $line" }
    }

    $passed, $failed, $skipped = foreach ($count in 'Passed', 'Failed', 'Skipped') { [int] ($results | Measure-Object $count -Sum).Sum }
    Write-Host ''
    Write-Host "all suites in $(Format-Duration $script:Build.Clock.Elapsed)"
    Write-Host "$passed passed, $failed failed, $skipped skipped"
    [int] ($failed -gt 0)
}

function New-SuiteResult {
    param([int] $Passed, [int] $Failed, [int] $Skipped, [string[]] $Detail)
    [pscustomobject] @{ Passed = $Passed; Failed = $Failed; Skipped = $Skipped; Detail = $Detail }
}

# On a developer's machine a missing program is a skip that says what to install; a CI run must have everything.
function New-MissingResult {
    param([string[]] $Program)

    $detail = "$($Program -join ' and ') not found: $(Get-InstallHint $Program)"
    if ($env:CI) { New-SuiteResult -Failed 1 -Detail $detail } else { New-SuiteResult -Skipped 1 -Detail $detail }
}

function Test-Lint {
    param([string] $Name, [string[]] $Arguments)

    $run = Invoke-Cargo $Arguments -Log $Name -AllowFailure
    if ($run.ExitCode -eq 0) { return New-SuiteResult -Passed 1 }
    New-SuiteResult -Failed 1 -Detail (Get-LogEnd $run.Log)
}

function Test-Rustdoc {
    $before = $env:RUSTDOCFLAGS
    try {
        $env:RUSTDOCFLAGS = '-D warnings'
        Test-Lint rustdoc ('doc', '--workspace', '--no-deps')
    } finally {
        $env:RUSTDOCFLAGS = $before
    }
}

function Get-LogEnd {
    param([string] $Path, [int] $Lines = 80)
    Get-Content -LiteralPath $Path -Tail $Lines
    "(the whole output is in $(Get-ShownPath $Path))"
}

function Test-Cargo {
    $run = Invoke-Cargo ('test', '--workspace', '--no-fail-fast') -Log cargo-test -AllowFailure
    $passed = $failed = $skipped = 0
    $inside = $false

    $detail = foreach ($line in [IO.File]::ReadLines($run.Log)) {
        if ($line -match '^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored') {
            $passed += $Matches[1]
            $failed += $Matches[2]
            $skipped += $Matches[3]
            $inside = $false
        } elseif ($line -match '^test (.+) \.\.\. ignored(.*)$') {
            "ignored: $($Matches[1])$($Matches[2])"
        } elseif ($line -eq 'failures:') {
            $inside = $true
        } elseif ($inside) {
            $line
        }
    }

    # A test binary that did not compile or was killed leaves no result line.
    if ($run.ExitCode -ne 0 -and -not $failed) {
        $failed = 1
        $detail = Get-LogEnd $run.Log
    }
    if (-not ($passed + $failed)) {
        $failed = 1
        $detail = 'no test was run'
    }
    New-SuiteResult $passed $failed $skipped $detail
}

function Test-Pester {
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [string] $Path)

    if (-not (Get-ChildItem -LiteralPath $Path -Filter *.Tests.ps1 -Recurse -ErrorAction Ignore)) {
        return New-SuiteResult -Failed 1 -Detail "there are no tests in $(Get-ShownPath $Path)"
    }

    $result = Join-Path $script:Build.Logs "$Name.json"
    Remove-Item -LiteralPath $result -ErrorAction Ignore
    $runner = Join-Path $script:Build.Root tests Invoke-Pester.ps1
    $arguments = '-NoLogo', '-NoProfile', '-NonInteractive', '-File', $runner, '-Path', $Path, '-Pester', (Get-PesterManifest), '-Result', $result
    $run = Invoke-Program pwsh $arguments -Log $Name -AllowFailure
    if (-not (Test-Path -LiteralPath $result)) {
        return New-SuiteResult -Failed 1 -Detail (Get-LogEnd $run.Log)
    }

    $counts = Get-Content -LiteralPath $result -Raw | ConvertFrom-Json
    New-SuiteResult $counts.passed $counts.failed $counts.skipped @($counts.detail)
}

function Test-Module { Test-Pester module (Join-Path $script:Build.Root tests module) }

function Test-Browser {
    $missing = @($SuitePrograms.browser | Where-Object { -not (Find-Program $_) })
    if ($missing) { return New-MissingResult $missing }
    Test-Pester browser (Join-Path $script:Build.Root tests browser)
}
