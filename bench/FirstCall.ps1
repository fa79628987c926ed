# Milliseconds of the first command that needs the native library in this process, and of the next one.
param([Parameter(Mandatory)] [string] $Module)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$null = 'nothing here' | Get-PIMClaimsChallenge
$first = $clock.Elapsed.TotalMilliseconds
$clock.Restart()
$null = 'nothing here' | Get-PIMClaimsChallenge
"$($first.ToString([cultureinfo]::InvariantCulture)) $($clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture))"
