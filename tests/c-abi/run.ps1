<#
.SYNOPSIS
    Compiles the C programs against the header and the library, and runs them, under valgrind where it exists.
.DESCRIPTION
    Starts the emulator for each run, for a role can be activated once only. Returns an object with the properties Passed, Failed,
    Skipped and Detail (lines that say what went wrong or was left out).
.PARAMETER LibraryDirectory
    The folder of the built library (libpim_stepup.so or libpim_stepup.dylib).
.PARAMETER Emulator
    The emulator's program.
.PARAMETER WorkDirectory
    A folder for programs and logs; made when it is missing.
.PARAMETER Compiler
    The C compiler.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $LibraryDirectory,
    [Parameter(Mandatory)] [string] $Emulator,
    [Parameter(Mandatory)] [string] $WorkDirectory,
    [string] $Compiler = 'cc'
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

$sources = Join-Path $PSScriptRoot '*.c' | Get-ChildItem
$include = Join-Path $PSScriptRoot '../../rust/ffi/include'
$LibraryDirectory = (Resolve-Path -LiteralPath $LibraryDirectory).ProviderPath
$Emulator = (Resolve-Path -LiteralPath $Emulator).ProviderPath
$WorkDirectory = (New-Item -ItemType Directory -Force -Path $WorkDirectory).FullName
$summary = [pscustomobject] @{ Passed = 0; Failed = 0; Skipped = 0; Detail = @() }

function Add-Result {
    param([bool] $Good, [string[]] $Detail)
    if ($Good) { $summary.Passed++ } else { $summary.Failed++; $summary.Detail += $Detail }
}

function Invoke-Compiler {
    param([string] $Name, [string[]] $Source)
    $program = Join-Path $WorkDirectory $Name
    $arguments = @('-std=c11', '-Wall', '-Wextra', '-Werror', '-pedantic', '-g', '-pthread', "-I$include") + $Source +
        @("-L$LibraryDirectory", '-lpim_stepup', "-Wl,-rpath,$LibraryDirectory", '-o', $program)
    $lines = & $Compiler @arguments 2>&1 | ForEach-Object { "$_" }
    Add-Result ($LASTEXITCODE -eq 0) $lines
    $program
}

# Runs a block with a fresh emulator, whose ready line is given to it; the emulator ends with its standard input.
function Use-Emulator {
    param([scriptblock] $Script)
    $start = [System.Diagnostics.ProcessStartInfo]::new($Emulator, 'serve --attached')
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    try {
        $ready = $process.StandardOutput.ReadLine()
        if (-not $ready) { throw "the emulator ``$Emulator`` did not start" }
        & $Script $ready
    } finally {
        $process.StandardInput.Close()
        if (-not $process.WaitForExit(10000)) { $process.Kill() }
        $process.Dispose()
    }
}

# Runs the test program, behind the prefix of a checker if there is one, and adds what it counted.
function Invoke-Program {
    param([string] $Label, [string] $Program, [string[]] $Prefix)
    Use-Emulator {
        param($ready)
        $userProfile = Join-Path $WorkDirectory "$Label-passkey.json"
        Remove-Item -LiteralPath $userProfile -Force -ErrorAction Ignore
        $command, $arguments = @($Prefix) + $Program + @($ready, $Emulator, $userProfile) | Where-Object { $_ }
        $lines = & $command @arguments 2>&1 | ForEach-Object { "$_" }
        $code = $LASTEXITCODE
        [System.IO.File]::WriteAllLines((Join-Path $WorkDirectory "$Label.log"), [string[]] $lines)
        $counts = $lines | Select-String '^(\d+) passed, (\d+) failed$' | Select-Object -Last 1
        if ($counts) {
            $summary.Passed += [int] $counts.Matches[0].Groups[1].Value
            $summary.Failed += [int] $counts.Matches[0].Groups[2].Value
        }
        $shown = $lines | Where-Object { $_ -match 'not met' }
        if ($counts -and [int] $counts.Matches[0].Groups[2].Value) { $summary.Detail += $shown }
        # The exit code is a result of its own: 1 is for counted failures, anything else for a crash or for what a checker found.
        Add-Result ($counts -and $code -in 0, 1) "$Label`: exit code $code", $shown
    }
}

$example = Invoke-Compiler example (Join-Path $PSScriptRoot example.c)
$program = Invoke-Compiler c-abi ($sources | Where-Object Name -ne example.c | ForEach-Object FullName)
if ($summary.Failed) { return $summary }

# The header serves C++ too.
if (Get-Command c++ -CommandType Application -ErrorAction Ignore) {
    $lines = '#include "pim_stepup.h"' | & c++ -x c++ -std=c++11 -Wall -Wextra -Werror -pedantic "-I$include" -fsyntax-only - 2>&1 | ForEach-Object { "$_" }
    Add-Result ($LASTEXITCODE -eq 0) $lines
}

$lines = & $example
Add-Result ($LASTEXITCODE -eq 0 -and "$lines" -match '"done"' -and "$lines" -match '"c1"') "example: $lines"

# A host that ends without freeing anything is not held up.
$leaving = [System.Diagnostics.Process]::Start($program, 'leave')
$ended = $leaving.WaitForExit(30000)
if (-not $ended) { $leaving.Kill() }
Add-Result ($ended -and $leaving.ExitCode -eq 0) "leave: ended by itself: $ended"
$leaving.Dispose()

Invoke-Program plain $program

if (Get-Command valgrind -CommandType Application -ErrorAction Ignore) {
    $report = Join-Path $WorkDirectory 'valgrind-report.log'
    Remove-Item -LiteralPath $report -Force -ErrorAction Ignore
    Invoke-Program valgrind $program valgrind, '--leak-check=full', '--error-exitcode=99', "--log-file=$report"
    $lines = @(Get-Content -LiteralPath $report)
    $summary.Detail += $lines | Where-Object { $lines -match 'ERROR SUMMARY: [1-9]' } | Select-Object -First 60

    # What a process makes once and keeps: the panic hook, TLS's choice of ciphers, tokio's table of signals (22 KB). It must not grow with use.
    $reachable = if ($lines -match 'All heap blocks were freed') { 0 } else {
        [long] (($lines | Select-String 'still reachable: ([\d,]+) bytes').Matches[0].Groups[1].Value -replace ',')
    }
    Add-Result ($reachable -le 40000) "valgrind: $reachable bytes are still reachable at the end"
} else {
    $summary.Skipped++
    $summary.Detail += 'valgrind is not installed: the memory checks were left out'
}
$summary
