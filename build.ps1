<#
.SYNOPSIS
    Runs one task of the build.
.DESCRIPTION
    demo      builds, starts the emulator and activates two roles through a passkey sign-in, step by step
    test      runs every suite and ends with one line: N passed, N failed, N skipped
    build     builds the native library and the emulator and leaves the packed module in out/PIMStepUp
    check     runs the lints only: clippy, rustfmt, rustdoc
    bench     measures and writes bench/RESULTS.md
    package   builds and leaves out/PIMStepUp.<version>.nupkg and out/PIMStepUp-<version>.zip
    clean     removes everything that the tasks made
    help      shows this list
.PARAMETER Task
    The task to run.
.PARAMETER Only
    For test: the suites to run, all when left out (cargo, clippy, fmt, rustdoc, c-abi, module, browser, interop).
.PARAMETER Browser
    For demo: Auto takes the user's own browser where there is a display and a headless Chromium elsewhere;
    Own, Headless and Scripted choose one of them.
.EXAMPLE
    ./build.ps1 demo
.EXAMPLE
    ./build.ps1 test -Only clippy, module
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('demo', 'test', 'build', 'check', 'bench', 'package', 'clean', 'help')]
    [string] $Task = 'help',

    [string[]] $Only,

    [ValidateSet('Auto', 'Own', 'Headless', 'Scripted')]
    [string] $Browser = 'Auto'
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$PSNativeCommandUseErrorActionPreference = $false

foreach ($file in Get-ChildItem "$PSScriptRoot/tools" -Filter *.ps1) { . $file.FullName }
Initialize-Build -Root $PSScriptRoot

try {
    switch ($Task) {
        demo { Invoke-DemoTask -Browser $Browser }
        test { exit (Invoke-TestTask -Only $Only) }
        build { Invoke-BuildTask }
        check { exit (Invoke-TestTask -Only clippy, fmt, rustdoc) }
        bench { Invoke-BenchTask }
        package { Invoke-PackageTask }
        clean { Invoke-CleanTask }
        help { Show-Help }
    }
} catch [BuildException] {
    Write-Failure $_.Exception.Message
    exit 1
}
