# Milliseconds of the first command that needs the native library in this process, and of the next one.
# PowerShell's own JSON commands are loaded before, since every script that reads a response has paid for them already.
param([Parameter(Mandatory)] [string] $Module)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$null = ConvertTo-Json @{ warm = 'up' } | ConvertFrom-Json

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$null = 'nothing here' | Get-PIMClaimsChallenge
$first = $clock.Elapsed.TotalMilliseconds
$clock.Restart()
$null = 'nothing here' | Get-PIMClaimsChallenge
"$($first.ToString([cultureinfo]::InvariantCulture)) $($clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture))"
