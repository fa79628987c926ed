BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $application = @{ ClientId = 'd1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47'; ClientSecret = ConvertTo-SecureString 'rehearsal-secret-of-contoso-automation' -AsPlainText -Force }
    $silent = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    # Connections come to stand by themselves, and nobody ever answers them.
    $silent.Start()
    $silentPort = $silent.LocalEndpoint.Port

    function Measure-Failure {
        # The error of a command that has to fail, and how many seconds it took to.
        param([scriptblock] $Command)

        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $problem = $Command | Should -Throw -PassThru
        [pscustomobject] @{ Code = Get-ErrorCode $problem; Message = $problem.Exception.Message; Hint = $problem.ErrorDetails.RecommendedAction; Seconds = $watch.Elapsed.TotalSeconds }
    }

    function Use-Variable {
        # Runs something with other environment variables.
        param([hashtable] $Variables, [scriptblock] $Command)

        $before = @{}
        foreach ($name in $Variables.Keys) { $before[$name] = [System.Environment]::GetEnvironmentVariable($name) }
        try {
            foreach ($name in $Variables.Keys) { [System.Environment]::SetEnvironmentVariable($name, $Variables[$name]) }
            & $Command
        } finally {
            foreach ($name in $before.Keys) { [System.Environment]::SetEnvironmentVariable($name, $before[$name]) }
        }
    }
}

AfterAll {
    $silent.Stop()
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'A time limit' {
    AfterEach {
        Disconnect-PIM
        $null = Invoke-RestMethod "$($emulator.Control)/faults" -Method Delete
    }

    It '-<Name> <Value> is refused, with what to write' -ForEach @(
        foreach ($name in 'SignInTimeout', 'ConnectTimeout', 'RequestTimeout', 'ThrottleTimeout', 'IdentityTimeout', 'ProgramTimeout') {
            # A number alone counts ticks.
            foreach ($value in 30, '-00:00:01', '1.00:00:01') { @{ Name = $name; Value = $value } }
        }
    ) {
        $way = switch ($Name) { IdentityTimeout { @{ ManagedIdentity = $true } } ProgramTimeout { @{ UseAzureCli = $true } } default { @{ NoBrowser = $true } } }
        $limit = @{ $Name = $Value }
        $failure = Measure-Failure { Connect-PIM -Environment $emulator @way @limit }
        $failure.Code | Should -Be 'InvalidConfiguration'
        $failure.Message | Should -BeLike "*-$Name is *between a second and a day*"
        $failure.Hint | Should -BeLike "*-$Name 00:00:30*"
    }

    It 'of nothing is an offer for waiting alone' {
        { Connect-PIM -Environment $emulator -NoBrowser -RequestTimeout 00:00:00 } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
        (Connect-PIM -Environment $emulator @application -ThrottleTimeout 00:00:00).IsConnected | Should -BeTrue
    }

    It 'for connecting ends a connection that does not come to stand' {
        $there = [pscustomobject] @{ PSTypeName = 'PIMStepUp.Emulator'; Login = "https://localhost:$silentPort"; Graph = "https://localhost:$silentPort"; Arm = "https://localhost:$silentPort"; TenantId = 'contoso.example'; CertificateFile = $null }
        $failure = Measure-Failure { Connect-PIM -Environment $there @application -ConnectTimeout 00:00:01 }
        $failure.Code | Should -Be 'ConnectTimeout'
        $failure.Message | Should -BeLike '*within 1 s*'
        $failure.Hint | Should -BeLike '*-ConnectTimeout*'
        $failure.Seconds | Should -BeLessThan 12
    }

    It 'for a request ends one that is not answered' {
        $there = [pscustomobject] @{ PSTypeName = 'PIMStepUp.Emulator'; Login = "http://localhost:$silentPort"; Graph = "http://localhost:$silentPort"; Arm = "http://localhost:$silentPort"; TenantId = 'contoso.example'; CertificateFile = $null }
        $failure = Measure-Failure { Connect-PIM -Environment $there @application -RequestTimeout 00:00:01 }
        $failure.Code | Should -Be 'RequestTimeout'
        $failure.Message | Should -BeLike '*within 1 s*'
        $failure.Hint | Should -BeLike '*-RequestTimeout*'
        $failure.Seconds | Should -BeLessThan 12
    }

    It 'for signing in ends the wait for a device code' {
        $failure = Measure-Failure { Connect-PIM -Environment $emulator -UseDeviceCode -SignInTimeout 00:00:01 6> $null }
        $failure.Code | Should -Be 'SignInTimeout'
        $failure.Message | Should -BeLike '*within 1 seconds*'
    }

    It 'for waiting ends a command whose service asks for more' {
        $null = Connect-PIM -Environment $emulator @application -ThrottleTimeout 00:00:02
        Add-Fault $emulator @{ service = 'graph'; times = 5; status = 429; headers = @{ 'retry-after' = '30' } }
        $failure = Measure-Failure { Invoke-PIMRestMethod /v1.0/users }
        $failure.Code | Should -Be 'Throttled'
        $failure.Message | Should -BeLike '*more than the 2 s*'
        $failure.Seconds | Should -BeLessThan 12
    }

    It 'for a managed identity ends an endpoint that does not answer' {
        Use-Variable @{ IDENTITY_ENDPOINT = "http://127.0.0.1:$silentPort/msi/token"; IDENTITY_HEADER = 'x'; IDENTITY_SERVER_THUMBPRINT = $null; IMDS_ENDPOINT = $null } {
            $failure = Measure-Failure { Connect-PIM -Environment $emulator -ManagedIdentity -IdentityTimeout 00:00:01 }
            $failure.Code | Should -Be 'RequestTimeout'
            $failure.Message | Should -BeLike '*within 1 s*'
            $failure.Hint | Should -BeLike '*-IdentityTimeout*'
        }
    }

    It 'for a program ends an Azure CLI that gives no token (here a shell script, so not on Windows)' -Skip:$IsWindows {
        $folder = New-Item -ItemType Directory "$TestDrive/az-folder"
        Set-Content "$folder/az" "#!/bin/sh`nexec sleep 60"
        chmod +x "$folder/az"
        Use-Variable @{ PATH = "$folder`:$env:PATH" } {
            $failure = Measure-Failure { Connect-PIM -Environment $emulator -UseAzureCli -ProgramTimeout 00:00:01 }
            $failure.Code | Should -Be 'ProgramTimeout'
            $failure.Hint | Should -BeLike '*-ProgramTimeout*'
        }
    }
}

Describe 'A proxy of the shell''s environment' {
    BeforeAll {
        $proxy = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $proxy.Start()
        $proxyPort = $proxy.LocalEndpoint.Port
        $asked = [System.Collections.Concurrent.ConcurrentQueue[string]]::new()
        # Wants a password, and takes none.
        $serving = [powershell]::Create().AddScript({
                param($Listener, $Asked)
                while ($true) {
                    $client = $Listener.AcceptTcpClient()
                    $reader = [System.IO.StreamReader]::new($client.GetStream())
                    $Asked.Enqueue($reader.ReadLine())
                    while ($reader.ReadLine()) { }
                    $answer = [System.Text.Encoding]::ASCII.GetBytes("HTTP/1.1 407 Proxy Authentication Required`r`nProxy-Authenticate: Basic`r`nContent-Length: 0`r`n`r`n")
                    $client.GetStream().Write($answer, 0, $answer.Length)
                    $client.Close()
                }
            }).AddArgument($proxy).AddArgument($asked)
        $null = $serving.BeginInvoke()
    }
    AfterAll {
        $proxy.Stop()
        $serving.Dispose()
    }
    AfterEach { Disconnect-PIM }

    It 'is taken, named without its password when it refuses, and its password is on no stream' {
        Use-Variable @{ HTTPS_PROXY = "http://adele:hush-hush@127.0.0.1:$proxyPort"; NO_PROXY = $null } {
            $shown = & { try { Connect-PIM -TenantId contoso.com @application -Verbose -Debug } catch { $_ } } *>&1
            $problem = $shown | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | Select-Object -First 1
            Get-ErrorCode $problem | Should -Be 'ProxyAuthenticationRequired'
            $problem.Exception.Message | Should -BeLike "*http://127.0.0.1:$proxyPort*"
            $problem.ErrorDetails.RecommendedAction | Should -BeLike '*HTTPS_PROXY*'
            $asked | Should -Contain 'CONNECT login.microsoftonline.com:443 HTTP/1.1'
            $everything = ($shown | Format-List * -Force | Out-String -Width 4096) + ($problem.Exception.Data['PIMError'] | ConvertTo-Json -Depth 9)
            $everything | Should -BeLike '*ProxyAuthenticationRequired*'
            $everything | Should -Not -BeLike '*hush*'
            $everything | Should -Not -BeLike "*$([System.Convert]::ToBase64String([System.Text.Encoding]::ASCII.GetBytes('adele:hush-hush')))*"
        }
    }

    It 'does not stand before this machine' {
        $before = $asked.Count
        Use-Variable @{ HTTPS_PROXY = "http://127.0.0.1:$proxyPort"; HTTP_PROXY = "http://127.0.0.1:$proxyPort"; ALL_PROXY = "http://127.0.0.1:$proxyPort" } {
            (Connect-PIM -Environment $emulator @application).IsConnected | Should -BeTrue
        }
        $asked.Count | Should -Be $before
    }

    It 'that is none is refused, but not where nothing is sent' {
        Use-Variable @{ HTTPS_PROXY = 'socks5://adele:hush-hush@127.0.0.1:1080' } {
            $failure = Measure-Failure { Connect-PIM -TenantId contoso.com @application }
            $failure.Code | Should -Be 'InvalidConfiguration'
            $failure.Message | Should -BeLike '*HTTPS_PROXY*socks5*'
            $failure.Message | Should -Not -BeLike '*hush*'
            (Get-PIMClaimsChallenge '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}').AuthenticationContexts | Should -Be 'c1'
        }
    }
}
