# Milliseconds that one import takes in this process, which should be a fresh one.
param([Parameter(Mandatory)] [string] $Module)
$ErrorActionPreference = 'Stop'
$clock = [System.Diagnostics.Stopwatch]::StartNew()
Import-Module $Module
$clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)
