# Peak memory of this process in MB: bare; with what PowerShell itself needs for the demo's commands; with the demo's two activations.
param(
    [Parameter(Mandatory)] [ValidateSet('Bare', 'Host', 'Demo')] [string] $Stage,
    [Parameter(Mandatory)] [string] $Module
)
$ErrorActionPreference = 'Stop'

if ($Stage -ne 'Bare') {
    Import-Module $Module
    $null = ConvertTo-Json @{ warm = 'up' } | ConvertFrom-Json
    # Starting the emulator takes a process and a pipe, but not the native library.
    $emulator = Start-PIMEmulator
    try {
        if ($Stage -eq 'Demo') {
            $null = Connect-PIM -Environment $emulator -Account adele@contoso.example -Resource Graph, Arm -BrowserCommand $emulator.BrowserCommand
            $null = Invoke-PIMDirectoryRoleActivation 'Security Administrator' -justification bench -NoPortal
            $null = Invoke-PIMResourceRoleActivation -RoleName Contributor -Scope 'Contoso Production' -justification bench -NoPortal
        }
    } finally {
        Stop-PIMEmulator $emulator
    }
}

([System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64 / 1MB).ToString('0.0', [cultureinfo]::InvariantCulture)
