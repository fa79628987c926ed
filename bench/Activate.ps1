# Seconds to activate a number of directory roles with a step-up, at a given latency of every service, and what the emulator saw of it.
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [int] $Count,
    [int] $LatencyMilliseconds = 200
)
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot Common.ps1)
Import-Module $Module

$emulator = Start-PIMEmulator
try {
    $null = Connect-PIM -Environment $emulator -Account adele@contoso.example -BrowserCommand $emulator.BrowserCommand
    Set-Latency $emulator $LatencyMilliseconds
    $before = @(Get-Journal $emulator).Count

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $results = @(Invoke-PIMDirectoryRoleActivation $BenchRoles[0..($Count - 1)] -justification bench -PassThru -NoPortal)
    $seconds = $clock.Elapsed.TotalSeconds

    $entries = @(Get-Journal $emulator | Select-Object -Skip $before)
    if (@($results | Where-Object ActivationStatus -ne Activated).Count -or $results.Count -ne $Count) { throw "not every role was activated: $($results.ActivationStatus -join ', ')" }
    @{
        seconds = $seconds
        windows = @($entries | Where-Object { $_.service -eq 'login' -and $_.method -eq 'GET' -and $_.path -like '*/authorize' }).Count
        requests = $entries.Count
    } | ConvertTo-Json -Compress
} finally {
    Stop-PIMEmulator $emulator
}
