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
