BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $program = $emulator.BrowserCommand[0]
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'Start-PIMEmulator' {
    It 'returns where the emulator is and who lives there' {
        $emulator.PSObject.TypeNames | Should -Contain 'PIMStepUp.Emulator'
        $emulator.Login, $emulator.Graph, $emulator.Arm, $emulator.Control | ForEach-Object { $_ | Should -Match '^http://(localhost|127\.0\.0\.1):\d+/?$' }
        $emulator.Users | Should -Contain 'adele@contoso.example'
        ($emulator | Out-String) | Should -BeLike '*contoso.example*'
        (Get-Process -Id $emulator.ProcessId).ProcessName | Should -BeLike 'pim-emulator*'
    }

    It 'ends with Stop-PIMEmulator, and leaves the others' {
        $other = Start-PIMEmulator
        $other | Stop-PIMEmulator
        Get-Process -Id $other.ProcessId -ErrorAction Ignore | Should -BeNullOrEmpty
        Get-Process -Id $emulator.ProcessId | Should -Not -BeNullOrEmpty
    }

    It 'starts nothing with -WhatIf' {
        Start-PIMEmulator -WhatIf | Should -BeNullOrEmpty
    }

    It 'says what is wrong with a scenario' {
        { Start-PIMEmulator -Scenario (Join-Path $TestDrive 'none.json') } | Should -Throw -ErrorId 'EmulatorFailed,Start-PIMEmulator'
        Set-Content "$TestDrive/bad.json" '{ not json'
        $problem = { Start-PIMEmulator -Scenario "$TestDrive/bad.json" } | Should -Throw -ErrorId 'EmulatorFailed,Start-PIMEmulator' -PassThru
        $problem.Exception.Message.Length | Should -BeGreaterThan 'the emulator did not become ready'.Length
    }
}

Describe 'Connect-PIM' {
    AfterEach { Disconnect-PIM }

    It 'signs in and returns the context' {
        $context = Connect-TestUser $emulator
        $context.Account | Should -Be 'adele@contoso.example'
        $context.TenantId | Should -Be $emulator.TenantId
        $context.IsConnected | Should -BeTrue
        $context.Environment | Should -Be 'Emulator'
        @($context.Tokens).Count | Should -BeGreaterThan 0
        $context.Tokens[0].ExpiresOn | Should -BeOfType [datetime]
        $context.Tokens[0].ExpiresOn | Should -BeGreaterThan ([datetime]::UtcNow)
        (Get-PIMContext).Account | Should -Be 'adele@contoso.example'
        ($context | Out-String) | Should -BeLike '*adele@contoso.example*'
    }

    It 'satisfies claims from the start' {
        $context = Connect-TestUser $emulator -With @{ Claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}' }
        $context.Tokens.AuthenticationContexts | Should -Contain 'c1'
    }

    It 'trusts the certificate of an emulator with TLS' {
        $secure = Start-PIMEmulator -Tls
        try {
            $secure.Graph | Should -BeLike 'https://*'
            (Connect-TestUser $secure).IsConnected | Should -BeTrue
        } finally {
            $secure | Stop-PIMEmulator
        }
    }

    It 'keeps two sessions apart' {
        $adele = Connect-TestUser $emulator
        $megan = Connect-TestUser $emulator -Account megan@contoso.example
        (Get-PIMContext).Account | Should -Be 'megan@contoso.example'
        (Get-PIMContext -Context $adele).Account | Should -Be 'adele@contoso.example'
        $adele | Disconnect-PIM
        (Get-PIMContext -Context $megan).Account | Should -Be 'megan@contoso.example'
        { Get-PIMContext -Context $adele } | Should -Throw -ErrorId 'SignInRequired,Get-PIMContext'
        { $adele | Disconnect-PIM } | Should -Not -Throw
    }

    It 'refuses another account than the one asked for' {
        $browser = $program, 'browse', '--profile', "$TestDrive/wrong.json", '--account', 'megan@contoso.example'
        { Connect-PIM -Environment $emulator -Account adele@contoso.example -BrowserCommand $browser } |
            Should -Throw -ErrorId 'AccountMismatch,Connect-PIM'
        Get-PIMContext | Should -BeNullOrEmpty
    }

    It 'says when the user cancels' {
        $browser = $program, 'browse', '--profile', "$TestDrive/cancel.json", '--cancel'
        $problem = { Connect-PIM -Environment $emulator -BrowserCommand $browser } | Should -Throw -ErrorId 'SignInCancelled,Connect-PIM' -PassThru
        $problem.CategoryInfo.Category | Should -Be 'OperationStopped'
    }

    It 'gives up after the time for signing in' {
        $browser = $program, 'browse', '--profile', "$TestDrive/close.json", '--close'
        { Connect-PIM -Environment $emulator -BrowserCommand $browser -SignInTimeout '00:00:01' } |
            Should -Throw -ErrorId 'SignInTimeout,Connect-PIM'
    }

    It 'shows the address where no browser is to be opened' {
        $problem = { Connect-PIM -Environment $emulator -NoBrowser -SignInTimeout '00:00:01' -InformationVariable told } | Should -Throw -PassThru
        Get-ErrorCode $problem | Should -Be 'SignInTimeout'
        # Set by the command in this scope although it failed.
        $script:told = $null
        try { Connect-PIM -Environment $emulator -NoBrowser -SignInTimeout '00:00:01' -InformationVariable +script:told 6> $null } catch { $null = $_ }
        "$script:told" | Should -BeLike "*$($emulator.Login)*/authorize*"
    }

    It 'says when the browser cannot be started' {
        $problem = { Connect-PIM -Environment $emulator -BrowserCommand '/nowhere/browser' } | Should -Throw -ErrorId 'BrowserUnavailable,Connect-PIM' -PassThru
        $problem.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'refuses an unknown cloud and a malformed tenant' {
        { Connect-PIM -Environment Nowhere } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
        { Connect-PIM -Environment $emulator -TenantId 'no/tenant' } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
    }
}

Describe 'Without a session' {
    It 'a command of a host that cannot ask fails with SignInRequired' {
        Mock -ModuleName PIMStepUp Test-PimInteractive { $false }
        $problem = { Get-PIMMyEligibleDirectoryRole } | Should -Throw -ErrorId 'SignInRequired,Get-PIMMyEligibleDirectoryRole' -PassThru
        $problem.Exception.Message | Should -Be 'Get-PIMMyEligibleDirectoryRole: Authentication needed. Please call Connect-MgGraph.'
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Connect-PIM*'
        $problem.CategoryInfo.Category | Should -Be 'AuthenticationError'
    }

    It 'a command of an interactive host gets one by itself, with the tenant of the global $_tenantId' {
        Mock -ModuleName PIMStepUp Test-PimInteractive { $true }
        # Both are refused before anything is sent.
        $problem = { Get-PIMAccessToken -Claims '{' } | Should -Throw -PassThru
        Get-ErrorCode $problem | Should -BeIn 'ChallengeMalformed', 'ChallengeNotFound'
        Disconnect-PIM
        $global:_tenantId = 'no/tenant'
        try {
            { Get-PIMAccessToken } | Should -Throw -ErrorId 'InvalidConfiguration,Get-PIMAccessToken'
        } finally {
            Remove-Variable -Name _tenantId -Scope Global
            { Disconnect-PIM } | Should -Not -Throw
        }
    }

    It 'a sign-in that came to nothing binds nobody' {
        Mock -ModuleName PIMStepUp Test-PimInteractive { $true }
        $global:_tenantId = 'no/tenant'
        try { { Get-PIMAccessToken } | Should -Throw -ErrorId 'InvalidConfiguration,*' } finally { Remove-Variable -Name _tenantId -Scope Global }
        # What was wrong has been put right.
        $problem = { Get-PIMAccessToken -Claims '{' } | Should -Throw -PassThru
        Get-ErrorCode $problem | Should -BeIn 'ChallengeMalformed', 'ChallengeNotFound'
        # Somebody has called Connect-MgGraph meanwhile.
        function global:Get-MgContext { [pscustomobject] @{ Account = 'adele@contoso.example'; AuthType = 'AppOnly'; TenantId = [guid]::NewGuid(); Environment = 'Global' } }
        function global:Invoke-MgGraphRequest { throw 'no token here' }
        try {
            $problem = { Get-PIMAccessToken } | Should -Throw -ErrorId 'SignInRequired,*' -PassThru
            $problem.Exception.Message | Should -BeLike '*Microsoft Graph PowerShell SDK could not be used: no token here*'
        } finally {
            Remove-Item function:global:Get-MgContext, function:global:Invoke-MgGraphRequest
            Disconnect-PIM
        }
    }

    It 'Get-PIMContext and Disconnect-PIM have nothing to say' {
        Get-PIMContext | Should -BeNullOrEmpty
        { Disconnect-PIM } | Should -Not -Throw
    }
}

Describe 'Removing the module' {
    It 'stops the emulators that it started' {
        $id = $emulator.ProcessId
        Get-Module PIMStepUp | Remove-Module -Force
        Get-Process -Id $id -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}
