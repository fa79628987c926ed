# The demo, at an emulator that stays until it has been asked for its secrets.
function global:Get-GivenEmulator { $global:GivenEmulator }
function global:Save-GivenEmulator { }
Set-Alias -Name Start-PIMEmulator -Value Get-GivenEmulator -Scope Global
Set-Alias -Name Stop-PIMEmulator -Value Save-GivenEmulator -Scope Global
& (Join-Path $PSScriptRoot '../../../tools/run/Show-StepUp.ps1') -Root (Resolve-Path (Join-Path $PSScriptRoot '../../..')) -Browser Scripted
