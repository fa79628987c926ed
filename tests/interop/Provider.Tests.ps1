# Our client signs in at an OpenID provider that nobody of us wrote: oidc-provider for Node.js, at Entra ID's paths.
BeforeAll {
    . "$PSScriptRoot/../module/Common.ps1"
    Import-TestModule

    # Where the task of build.ps1 has installed it.
    $folder = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../target/.cache/interop/node")
    $start = [System.Diagnostics.ProcessStartInfo]::new('node')
    foreach ($argument in "$folder/provider.mjs", "$TestDrive/elsewhere.json") { $start.ArgumentList.Add($argument) }
    $start.WorkingDirectory = $folder
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $provider = $process.StandardOutput.ReadLine() | ConvertFrom-Json

    # The shape of Start-PIMEmulator's object: a cloud of one's own.
    $cloud = [pscustomobject] @{ PSTypeName = 'PIMStepUp.Emulator'; Login = $provider.login; Graph = $provider.graph; Arm = 'https://localhost:10'; TenantId = $provider.tenantId; CertificateFile = $null }
    $browser = 'node', "$folder/browser.mjs", "$TestDrive/cookies.json"
    $c1 = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

    function Get-ProviderJournal {
        param([string] $What)
        @(Invoke-RestMethod "$($provider.login)/journal" | ForEach-Object { $_ } | Where-Object what -eq $What)
    }

    function ConvertFrom-Token {
        param([string] $Token)
        $text = $Token.Split('.')[1].Replace('-', '+').Replace('_', '/')
        [System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String($text.PadRight([int] [System.Math]::Ceiling($text.Length / 4) * 4, '='))) | ConvertFrom-Json
    }
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
    $process.StandardInput.Close()
    if (-not $process.WaitForExit(10000)) { $process.Kill() }
}

Describe 'An OpenID provider of others' {
    BeforeAll {
        $context = Connect-PIM -Environment $cloud -BrowserCommand $browser -SignInTimeout '00:00:30'
        $first = Get-PIMAccessToken -Resource Graph -AsPlainText
    }

    AfterAll { Disconnect-PIM }

    It 'signs us in by authorization code with PKCE' {
        $context.Account | Should -Be $provider.username
        $context.TenantId | Should -Be $provider.tenantId
        $context.DisplayName | Should -Be 'Robin Kline'
        # Without client_info, which only Entra ID has, and with its own `expires_in`.
        $context.Tokens[0].ExpiresOn | Should -BeGreaterThan ([datetime]::UtcNow.AddMinutes(50))
        (Get-ProviderJournal authorized)[0].method | Should -Be 'S256'
        (Get-ProviderJournal granted)[0].grant | Should -Be 'authorization_code'
        (ConvertFrom-Token $first).aud | Should -Be $provider.graph
    }

    It 'understands the claims parameter of every sign-in' {
        ((Get-ProviderJournal asked)[0].claims | ConvertFrom-Json).access_token.xms_cc.values | Should -Be 'cp1'
        $authorized = (Get-ProviderJournal authorized)[0]
        $authorized.understood.id_token.xms_cc.values | Should -Be 'cp1'
        $authorized.acr | Should -BeNullOrEmpty
    }

    It 'renews a token by refresh token, and takes the claims there too' {
        $before = (Get-ProviderJournal authorized).Count
        $second = Get-PIMAccessToken -Resource Graph -Force -AsPlainText
        $second | Should -Not -Be $first
        $granted = (Get-ProviderJournal granted)[-1]
        $granted.grant | Should -Be 'refresh_token'
        ($granted.claims | ConvertFrom-Json).access_token.xms_cc.values | Should -Be 'cp1'
        (Get-ProviderJournal authorized).Count | Should -Be $before
    }

    It 'takes two renewals with the same and the newest refresh token' {
        1..2 | ForEach-Object { Get-PIMAccessToken -Resource Graph -Force -AsPlainText } | Sort-Object -Unique | Should -HaveCount 2
        Get-ProviderJournal 'grant.error' | Should -BeNullOrEmpty
    }

    It 'demands the stronger sign-in that a challenge asks for, and we bring its token' {
        $strong = Get-PIMAccessToken -Resource Graph -Claims $c1 -AsPlainText
        $authorized = (Get-ProviderJournal authorized)[-1]
        $authorized.understood.id_token.acr.values | Should -Be 'c1'
        $authorized.acr | Should -Be 'c1'
        $granted = (Get-ProviderJournal granted)[-1]
        ($granted.claims | ConvertFrom-Json).access_token.acrs.value | Should -Be 'c1'
        (ConvertFrom-Token $strong).acrs | Should -Be 'c1'
        (Get-PIMContext).Tokens.AuthenticationContexts | Should -Contain 'c1'
    }

    It 'is not asked again for what the session has' {
        $before = (Get-ProviderJournal granted).Count
        $null = Get-PIMAccessToken -Resource Graph -Claims $c1
        (Get-ProviderJournal granted).Count | Should -Be $before
    }

    It 'signs us in by device code, while the user is somewhere else' {
        $elsewhere = & (Get-Module PIMStepUp) {
            param($cloud)
            $endpoints = @{ name = 'Emulator'; login = $cloud.Login; graph = $cloud.Graph; arm = $cloud.Arm }
            $session = New-PimSession -Cmdlet $PSCmdlet -Configuration @{ cloud = $endpoints; tenant = $cloud.TenantId; credential = @{ kind = 'deviceCode' } }
            Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'session.connect' -Request @{ resources = [string[]] 'graph' }
            $null = $script:PimNative::pim_session_free($session)
        } $cloud
        $elsewhere.account.username | Should -Be $provider.username
        (Get-ProviderJournal granted)[-1].grant | Should -Be 'urn:ietf:params:oauth:grant-type:device_code'
    }

    It 'has refused nothing on the way' {
        foreach ($what in 'authorization.error', 'device_authorization.error', 'interaction.error', 'server_error') { Get-ProviderJournal $what | Should -BeNullOrEmpty }
        # A device asks before its user is done.
        Get-ProviderJournal 'grant.error' | Where-Object error -NE 'authorization_pending' | Should -BeNullOrEmpty
    }
}
