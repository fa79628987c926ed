# An application's first token and the same one again, from MSAL.NET and from our native library: the same emulator over TLS, each in
# fresh processes, in turn. Also what the command takes for the token that is there already.
param(
    [Parameter(Mandatory)] [string] $Module,
    # Microsoft.Identity.Client.dll and what it needs.
    [Parameter(Mandatory)] [string[]] $Libraries,
    [int] $Rounds = 7
)
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot Common.ps1)
$Module = (Resolve-Path $Module).Path
Import-Module $Module

$emulator = Start-PIMEmulator -Tls
try {
    # .NET and our library both read it.
    $env:SSL_CERT_FILE = $emulator.CertificateFile
    $tenant = @{
        Module = $Module; Libraries = @($Libraries | ForEach-Object { $_ -split ',' } | Where-Object { $_ } | ForEach-Object { (Resolve-Path $_).Path })
        Platform = & (Get-Module PIMStepUp) { Get-PimPlatform }
        Login = $emulator.Login; Graph = $emulator.Graph; Arm = $emulator.Arm; TenantId = $emulator.TenantId
        ClientId = 'd1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47'; Secret = 'rehearsal-secret-of-contoso-automation'
    }
    $env:PIM_BENCH_TENANT = $tenant | ConvertTo-Json -Compress
    $runs = @{ Module = @(); Msal = @() }
    for ($round = 0; $round -lt $Rounds; $round++) {
        foreach ($way in 'Msal', 'Module') { $runs[$way] += Invoke-FreshPowerShell OneToken $way | ConvertFrom-Json }
    }

    $secret = ConvertTo-SecureString $tenant.Secret -AsPlainText
    $null = Connect-PIM -Environment $emulator -ClientId $tenant.ClientId -ClientSecret $secret
    $null = 1..200 | ForEach-Object { Get-PIMAccessToken }
    $command = Measure-Command { for ($round = 0; $round -lt 500; $round++) { $null = Get-PIMAccessToken } }
    @{
        module = @{ first = $runs.Module.first; again = $runs.Module.again }
        msal   = @{ first = $runs.Msal.first; again = $runs.Msal.again }
        command = $command.TotalMilliseconds * 1000 / 500
    } | ConvertTo-Json -Compress
} finally {
    Stop-PIMEmulator $emulator
}
