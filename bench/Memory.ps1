# Peak memory of this process in MB: bare, or after the demo's two activations.
param([string] $Module)
$ErrorActionPreference = 'Stop'

if ($Module) {
    Import-Module $Module
    $emulator = Start-PIMEmulator
    try {
        $null = Connect-PIM -Environment $emulator -Account adele@contoso.example -Resource Graph, Arm -BrowserCommand $emulator.BrowserCommand
        $null = Invoke-PIMDirectoryRoleActivation 'Security Administrator' -justification bench -NoPortal
        $null = Invoke-PIMResourceRoleActivation -RoleName Contributor -Scope 'Contoso Production' -justification bench -NoPortal
    } finally {
        Stop-PIMEmulator $emulator
    }
}

([System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64 / 1MB).ToString('0.0', [cultureinfo]::InvariantCulture)
