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
$pwsh = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
# PowerShell as a .NET tool runs inside of dotnet.
$start = @(if ((Split-Path -LeafBase $pwsh) -eq 'dotnet') { [Environment]::GetCommandLineArgs()[0] })
$emulator = Start-MadeUpTenant $size
try {
    $null = Connect-PIM -Environment $emulator -Account patti@contoso.example -Resource $resource -BrowserCommand $emulator.BrowserCommand
    $env:PIM_BENCH_TOKEN = Get-PIMAccessToken -Resource $resource -AsPlainText
    $env:PIM_BENCH_TENANT = $emulator | Select-Object *, @{ n = 'Module'; e = { $Module } } | ConvertTo-Json -Compress
    $result = @{ bare = [double] (& $pwsh @start -NoProfile -File (Join-Path $PSScriptRoot Memory.ps1) Bare $Module) }
    foreach ($way in $ways) {
        $before = @(Get-Journal $emulator).Count
        $text = & $pwsh @start -NoProfile -NonInteractive -File (Join-Path $PSScriptRoot OneList.ps1) $List $way $LatencyMilliseconds
        if ($LASTEXITCODE) { throw "$List by $way failed: $text" }
        # The lines before are for the user who signs in.
        $result[$way.ToLowerInvariant()] = @($text)[-1] | ConvertFrom-Json
        $asked = @(Get-Journal $emulator | Select-Object -Skip $before | Where-Object service -EQ $resource.ToLowerInvariant())
        $result[$way.ToLowerInvariant()] | Add-Member requests $asked.Count
    }
    $rows = @($ways | ForEach-Object { $result[$_.ToLowerInvariant()].rows } | Select-Object -Unique)
    if ($rows.Count -ne 1) { throw "the ways read different lists: $rows rows" }
    $result | ConvertTo-Json -Compress
} finally {
    Stop-PIMEmulator $emulator
}
