# Everything that the commands do, and everything that can go wrong with them. What fails is caught: it stays in $Error.
$program = $emulator.BrowserCommand[0]
function Get-Browser {
    param([string] $Account = 'adele@contoso.example', [string[]] $With = @())
    @($program, 'browse', '--profile', (Join-Path $Folder "$([guid]::NewGuid()).json"), '--account', $Account) + $With
}
function Use-Secret { param([string] $Text) ConvertTo-SecureString $Text -AsPlainText -Force }
function Get-Given {
    # The last secret of a kind that the emulator has handed out.
    param([string] $Kind)
    @(Send-Control /secrets -Method Get | ForEach-Object { $_ } | Where-Object kind -eq $Kind)[-1].value
}
function Write-Failure { param($Failure) Write-Information "failed: $(([string] $Failure.FullyQualifiedErrorId -split ',')[0])" }
function Wait-Until {
    # What the condition comes to.
    param([scriptblock] $Condition)
    $end = [datetime]::UtcNow.AddSeconds(60)
    do {
        $value = & $Condition
        if ($value) { return $value }
        [System.Threading.Thread]::Sleep(50)
    } while ([datetime]::UtcNow -lt $end)
    throw "waited in vain: $Condition"
}
function Get-Page {
    # The address of a page to sign in on, once another shell shows so many.
    param([hashtable] $Shell, [int] $Number)
    Wait-Until {
        $pages = @($Shell.Shell.Streams.Information | ForEach-Object { "$_" } | Where-Object { $_ -match '/authorize\?' })
        if ($pages.Count -ge $Number) { $pages[$Number - 1] }
    }
}
function Show-Page {
    param([hashtable] $Shell, [int] $Number, [string[]] $Browser)
    $command, $arguments = $Browser
    & $command $arguments (Get-Page $Shell $Number)
}
function Use-Fault {
    # One failing answer, and then the command that meets it.
    param([hashtable] $Fault, [scriptblock] $Command)
    Send-Control /faults $Fault
    try { & $Command } catch { Write-Failure $_ } finally { Send-Control /faults '' -Method Delete }
}
function Get-Refusal {
    # As Graph words it, with a token in its words: that of the request, or another that only its form tells.
    param([string] $Code, [string] $Words = 'words of the service', [string] $Resource = 'Arm')
    @{ error = @{ code = $Code; message = "$Words, and the header 'Bearer $(Get-PIMAccessToken -Resource $Resource -Context $script:first -AsPlainText)' is wrong" } }
}
function Use-Environment {
    param($Variables, [scriptblock] $Command)
    $before = @{}
    try {
        foreach ($name in $Variables.Keys) {
            $before[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $Variables[$name])
        }
        & $Command
    } finally {
        foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) }
    }
}
function Get-Variables {
    param([string] $Machine)
    $variables = @{}
    foreach ($variable in $emulator.Environments.$Machine.PSObject.Properties) { $variables[$variable.Name] = [string] $variable.Value }
    $variables
}
function Use-AzureCli {
    # One that complains of a token, and then ends, or does not.
    param([scriptblock] $Command, [switch] $Slow)
    $words = "ERROR: the token $(Get-PIMAccessToken -Resource Arm -Context $script:first -AsPlainText) is broken"
    $tools = Join-Path $Folder bin
    $null = New-Item -ItemType Directory -Force $tools
    if ($IsWindows) {
        Set-Content (Join-Path $tools az.cmd) "@echo $words 1>&2", "@$(if ($Slow) { 'ping -n 60 127.0.0.1 >nul' } else { 'exit /b 1' })"
    } else {
        Set-Content (Join-Path $tools az) '#!/bin/sh', "echo '$words' >&2", $(if ($Slow) { 'exec sleep 60' } else { 'exit 1' })
        chmod +x (Join-Path $tools az)
    }
    try { Use-Environment @{ PATH = $tools + [System.IO.Path]::PathSeparator + $env:PATH } $Command } finally { Remove-Item -Recurse $tools }
}
function Get-Elsewhere {
    # The emulator, but for these places.
    param([string] $Login, [string] $Graph)
    [pscustomobject] @{ PSTypeName = 'PIMStepUp.Emulator'; Login = $Login; Graph = $Graph; Arm = $emulator.Arm; TenantId = $emulator.TenantId; CertificateFile = $null }
}
function Use-Proxy {
    # A proxy that answers this and then leads to a port, if one is named, whatever it was asked for; and a session behind it.
    param([string] $Answer, [int] $To)
    $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $serving = [powershell]::Create().AddScript({
            param($Listener, $Answer, $To)
            $open = [System.Collections.Generic.List[object]]::new()
            while ($true) {
                $open.Add(($client = $Listener.AcceptTcpClient()))
                $reader = [System.IO.StreamReader]::new(($stream = $client.GetStream()))
                while ($reader.ReadLine()) { }
                $stream.Write([System.Text.Encoding]::ASCII.GetBytes($Answer), 0, $Answer.Length)
                if (-not $To) { continue }
                $open.Add(($other = [System.Net.Sockets.TcpClient]::new('localhost', $To)))
                $open.Add($stream.CopyToAsync($other.GetStream()))
                $open.Add($other.GetStream().CopyToAsync($stream))
            }
        }).AddArgument($listener).AddArgument($Answer).AddArgument($To)
    $null = $serving.BeginInvoke()
    try {
        Use-Environment @{ HTTPS_PROXY = "http://adele:$($secrets.Good)@127.0.0.1:$($listener.LocalEndpoint.Port)"; NO_PROXY = $null } {
            Connect-PIM -Environment (Get-Elsewhere $emulator.Login https://graph.invalid) -ClientId $application.ClientId -ClientSecret (Use-Secret $secrets.Good) -ConnectTimeout 00:00:01 -ThrottleTimeout 00:00:00
        }
        Invoke-PIMRestMethod /v1.0/me
    } finally {
        $listener.Stop()
        $serving.Dispose()
    }
}

# By name: an error shows the line that it comes from.
$scenario = Send-Control /scenario -Method Get
$secrets = @{ Good = $scenario.applications[0].secrets[0].value; Expired = $scenario.applications[0].secrets[1].value; Wrong = "wrong-$([guid]::NewGuid())" }
$application = @{ Environment = $emulator; ClientId = $scenario.applications[0].clientId }
$user = @{ Environment = $emulator; Resource = 'Graph', 'Arm' }
$tenantClaims = '{"access_token":{"acrs":{"essential":true,"value":"ID"}}}'
$nothing = '00000000-0000-4000-8000-000000000000'
$production = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1'

foreach ($file in 'SignIn', 'Applications', 'Session', 'Roles', 'Services', 'Network', 'Library') {
    $parts = . (Join-Path $PSScriptRoot "trouble/$file.ps1")
    foreach ($part in $parts.Keys) {
        Write-Information "=== $part"
        # Each line by itself: what fails does not keep the next from being tried.
        foreach ($statement in $parts[$part].Ast.EndBlock.Statements) {
            try { . ([scriptblock]::Create($statement.Extent.Text)) } catch { Write-Failure $_ }
        }
    }
}
