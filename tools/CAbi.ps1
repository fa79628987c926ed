# The C programs that use and misuse the library, under valgrind.

function Test-CAbi {
    $missing = @($SuitePrograms.'c-abi' | Where-Object { -not (Find-Program $_) })
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
