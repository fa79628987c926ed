# The C program under valgrind, and Microsoft's own client libraries against the emulator.

function Test-CAbi {
    $missing = @(Install-SystemProgram gcc, valgrind)
    if ($missing) { return New-MissingResult $missing }

    $native = Join-Path $script:Build.Out PIMStepUp bin (Get-RuntimeId)
    $parameters = @{
        LibraryDirectory = $native
        Emulator = Join-Path $native pim-emulator
        WorkDirectory = Join-Path $script:Build.Root target c-abi
    }
    $result = & (Join-Path $script:Build.Root tests c-abi run.ps1) @parameters | Select-Object -Last 1
    New-SuiteResult $result.Passed $result.Failed $result.Skipped $result.Detail
}

function Test-Interop {
    $folder = Join-Path $script:Build.Root tests interop
    if (-not (Test-Path -LiteralPath $folder)) { return New-SuiteResult }
    Test-Pester interop $folder
}
