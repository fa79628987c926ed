# What the measurements share: ten roles behind one context, and the emulator's control interface.

$BenchRoles = 'Global Reader', 'Security Administrator', 'User Administrator', 'Exchange Administrator', 'SharePoint Administrator',
'Teams Administrator', 'Intune Administrator', 'Application Administrator', 'Conditional Access Administrator', 'Authentication Administrator'

function Get-Journal {
    param($Emulator)
    Invoke-RestMethod "$($Emulator.Control)/journal" -NoProxy | ForEach-Object { $_ }
}

function Set-Latency {
    param($Emulator, [int] $Milliseconds)
    foreach ($service in 'login', 'graph', 'arm') {
        $body = @{ service = $service; milliseconds = $Milliseconds } | ConvertTo-Json
        $null = Invoke-RestMethod "$($Emulator.Control)/delay" -Method Post -Body $body -ContentType application/json -NoProxy
    }
}

function Start-MadeUpTenant {
    # An emulator with a tenant of a given size, such as --eligibilities 20000.
    param([string[]] $Size)

    $program = & (Get-Module PIMStepUp) { Get-PimBinary -Name Emulator }
    $scenario = Join-Path ([System.IO.Path]::GetTempPath()) "pim-bench-$([guid]::NewGuid().ToString('N')).json"
    try {
        Start-Process $program -ArgumentList (@('generate') + $Size) -RedirectStandardOutput $scenario -Wait
        Start-PIMEmulator -Scenario $scenario -Timeout 00:02:00
    } finally {
        Remove-Item $scenario -ErrorAction Ignore
    }
}

function Invoke-FreshPowerShell {
    # The last line that a script of this folder prints in a process of its own; the lines before are for the user who signs in.
    param([string] $Script, [Parameter(ValueFromRemainingArguments)] [string[]] $Arguments)

    $pwsh = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
    # PowerShell as a .NET tool runs inside of dotnet.
    $start = @(if ((Split-Path -LeafBase $pwsh) -eq 'dotnet') { [Environment]::GetCommandLineArgs()[0] })
    $text = & $pwsh @start -NoProfile -NonInteractive -File (Join-Path $PSScriptRoot "$Script.ps1") @Arguments
    if ($LASTEXITCODE) { throw "$Script $Arguments failed: $text" }
    @($text)[-1]
}
