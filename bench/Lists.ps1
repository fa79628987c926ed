# A long list with the module and as plain PowerShell reads it: same emulator, same pages, same latency, each in a fresh process.
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [ValidateSet('Eligibilities', 'Subscriptions')] [string] $List,
    [int] $LatencyMilliseconds = 50
)
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot Common.ps1)
$Module = (Resolve-Path $Module).Path
Import-Module $Module

$size, $ways, $resource = switch ($List) {
    'Eligibilities' { @('--eligibilities', '20000', '--groups', '160', '--subscriptions', '0', '--roles', '60', '--page-size', '100'), @('Module', 'Loop'), 'Graph' }
    'Subscriptions' { @('--eligibilities', '0', '--groups', '0', '--subscriptions', '300', '--page-size', '100'), @('Module', 'Loop', 'Batches'), 'Arm' }
}
$emulator = Start-MadeUpTenant $size
try {
    $null = Connect-PIM -Environment $emulator -Account patti@contoso.example -Resource $resource -BrowserCommand $emulator.BrowserCommand
    $env:PIM_BENCH_TOKEN = Get-PIMAccessToken -Resource $resource -AsPlainText
    $env:PIM_BENCH_TENANT = $emulator | Select-Object *, @{ n = 'Module'; e = { $Module } } | ConvertTo-Json -Compress
    $result = @{ bare = [double] (Invoke-FreshPowerShell Memory Bare $Module) }
    foreach ($way in $ways) {
        $before = @(Get-Journal $emulator).Count
        $result[$way.ToLowerInvariant()] = Invoke-FreshPowerShell OneList $List $way $LatencyMilliseconds | ConvertFrom-Json
        $asked = @(Get-Journal $emulator | Select-Object -Skip $before | Where-Object service -EQ $resource.ToLowerInvariant())
        $result[$way.ToLowerInvariant()] | Add-Member requests $asked.Count
    }
    $rows = @($ways | ForEach-Object { $result[$_.ToLowerInvariant()].rows } | Select-Object -Unique)
    if ($rows.Count -ne 1) { throw "the ways read different lists: $rows rows" }
    $result | ConvertTo-Json -Compress
} finally {
    Stop-PIMEmulator $emulator
}
