# The C program under valgrind, and Microsoft's own client libraries against the emulator.

$MsalVersion = '4.78.0'

function Test-CAbi {
    $missing = @(Install-SystemProgram gcc, valgrind)
    if ($missing) { return New-MissingResult $missing }

    $runner = Join-Path $script:Build.Root tests c-abi run.ps1
    if (-not (Test-Path -LiteralPath $runner)) { return New-SuiteResult -Failed 1 -Detail "$(Get-ShownPath $runner) is missing" }
    New-SuiteResult -Failed 1 -Detail 'not wired'
}

function Test-Interop {
    $folder = Join-Path $script:Build.Root tests interop
    if (-not (Test-Path -LiteralPath $folder)) { return New-SuiteResult }
    Test-Pester interop $folder
}
