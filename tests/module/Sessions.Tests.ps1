# Who is signed in where: several runspaces of one process, guests of a tenant, and the cloud that nobody named.
BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    # Alex of Fabrikam is a guest of Contoso: one person, two tenants, two object ids.
    $guest = 'alex.guest@fabrikam.example'
    $scenario = Get-Content -Raw "$PSScriptRoot/../scenarios/contoso.json" | ConvertFrom-Json
    $fabrikam = $scenario.otherTenants[0]
    $scenario.users += [pscustomobject] @{
        objectId = 'aaaaaaaa-1111-4222-8333-444444444444'; userPrincipalName = $guest; displayName = 'Alex Wilber (Fabrikam)'
        home = @{ tenantId = $fabrikam.id; objectId = $fabrikam.users[0].objectId }
    }
    $scenario.pim.directoryEligibilities += [pscustomobject] @{ principal = $guest; role = 'Global Reader' }
    $file = Join-Path $TestDrive scenario.json
    $scenario | ConvertTo-Json -Depth 50 | Set-Content $file
    $emulator = Start-PIMEmulator -Scenario $file
    $common = "$PSScriptRoot/Common.ps1"
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'A session for each runspace' {
    AfterEach { Disconnect-PIM }

    It 'two runspaces have a default of their own, side by side' {
        $script = {
            param($common, $emulator, $account)
            . $common
            Import-Module $script:Manifest -DisableNameChecking
            $before = Get-PIMContext
            $null = Connect-TestUser $emulator -Account $account
            @{ Before = $before; Account = (Get-PIMContext).Account; Roles = @(Get-PIMMyEligibleDirectoryRole).Count }
        }
        $null = Connect-TestUser $emulator -Account lee@contoso.example
        $shells = foreach ($account in 'adele@contoso.example', 'megan@contoso.example') {
            $shell = [powershell]::Create().AddScript($script).AddArgument($common).AddArgument($emulator).AddArgument($account)
            @{ Shell = $shell; Account = $account; Running = $shell.BeginInvoke() }
        }
        foreach ($one in $shells) {
            $told = $one.Shell.EndInvoke($one.Running)[0]
            $one.Shell.Streams.Error | Should -BeNullOrEmpty
            $one.Shell.Dispose()
            # Nothing of another runspace's session.
            $told.Before | Should -BeNullOrEmpty
            $told.Account | Should -Be $one.Account
            if ($one.Account -like 'adele*') { $told.Roles | Should -BeGreaterThan 10 }
        }
        (Get-PIMContext).Account | Should -Be 'lee@contoso.example'
    }

    It 'ForEach-Object -Parallel has one for each, and takes a context that another runspace has made' {
        $context = Connect-TestUser $emulator -With @{ Resource = 'Graph', 'Arm' }
        Clear-Journal $emulator
        $told = @(1..8 | ForEach-Object -ThrottleLimit 4 -Parallel {
                . $using:common
                Import-Module $script:Manifest -DisableNameChecking
                $shared = $using:context
                @{
                    Own   = Get-PIMContext
                    Given = (Get-PIMContext -Context $shared).Account
                    Me    = (Invoke-PIMRestMethod /v1.0/me -Context $shared).userPrincipalName
                    Arm   = @(Get-PIMMyEligibleResourceRole -Context $shared).Count
                }
            })
        $told.Count | Should -Be 8
        foreach ($one in $told) {
            $one.Own | Should -BeNullOrEmpty
            $one.Given | Should -Be 'adele@contoso.example'
            $one.Me | Should -Be 'adele@contoso.example'
            $one.Arm | Should -BeGreaterThan 0
        }
        Get-SignIn $emulator | Should -BeNullOrEmpty
        # The runspaces have ended, and with them their modules; the session lives.
        (Get-PIMContext -Context $context).IsConnected | Should -BeTrue
    }

    It 'a parallel step-up of one context opens one page' {
        $context = Connect-TestUser $emulator
        Clear-Journal $emulator
        $tokens = @(1..6 | ForEach-Object -ThrottleLimit 6 -Parallel {
                . $using:common
                Import-Module $script:Manifest -DisableNameChecking
                Get-PIMAccessToken -Context $using:context -AsPlainText -Claims '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
            })
        @($tokens | Sort-Object -Unique).Count | Should -Be 1
        @(Get-SignIn $emulator).Count | Should -Be 1
    }
}

Describe 'A guest' {
    AfterEach { Disconnect-PIM }

    It 'signs in to the tenant that invited it, and activates there' {
        $context = Connect-TestUser $emulator -Account $guest -With @{ Account = $guest }
        $context.TenantId | Should -Be $scenario.tenant.id
        $context.ObjectId | Should -Be 'aaaaaaaa-1111-4222-8333-444444444444'
        $result = Invoke-PIMDirectoryRoleActivation 'Global Reader' -justification x -PassThru -NoPortal
        $result.ActivationStatus | Should -Be 'Activated'
        (Get-ActivationWrite $emulator graph)[-1].body.principalId | Should -Be 'aaaaaaaa-1111-4222-8333-444444444444'
    }

    It 'is another account at home' {
        $context = Connect-TestUser $emulator -Account alex@fabrikam.example -With @{ TenantId = 'fabrikam.example' }
        $context.TenantId | Should -Be $fabrikam.id
        $context.ObjectId | Should -Be $fabrikam.users[0].objectId
    }

    It 'is refused where the tokens are of another tenant or account' {
        $own = Connect-TestUser $emulator -Account $guest
        $token = Get-PIMAccessToken -Context $own
        { Connect-PIM -Environment $emulator -TenantId $fabrikam.id -AccessToken $token } | Should -Throw -ErrorId 'TenantMismatch,Connect-PIM'
        { Connect-PIM -Environment $emulator -Account megan@contoso.example -AccessToken $token } | Should -Throw -ErrorId 'AccountMismatch,Connect-PIM'
    }
}

Describe 'The cloud' {
    BeforeAll {
        $variables = 'AZURE_CLOUD', 'AZURE_AUTHORITY_HOST'
        $before = @{}
        foreach ($name in $variables) { $before[$name] = [Environment]::GetEnvironmentVariable($name) }
        # Which one it is shows without a page: nobody answers, and the address tells.
        function Get-ShownAddress {
            param([hashtable] $With = @{})
            $script:told = $null
            try { Connect-PIM @With -NoBrowser -SignInTimeout '00:00:01' -InformationVariable +script:told 6> $null } catch { $script:problem = $_ }
            "$script:told"
        }
    }

    AfterEach { foreach ($name in $variables) { [Environment]::SetEnvironmentVariable($name, $before[$name]) } }

    It 'is <Expected> where the environment says <Name> = <Value>' -ForEach @(
        @{ Name = 'AZURE_CLOUD'; Value = $null; Expected = 'login.microsoftonline.com' }
        @{ Name = 'AZURE_CLOUD'; Value = 'AzureUSGovernment'; Expected = 'login.microsoftonline.us' }
        @{ Name = 'AZURE_AUTHORITY_HOST'; Value = 'https://login.partner.microsoftonline.cn/'; Expected = 'login.partner.microsoftonline.cn' }
    ) {
        [Environment]::SetEnvironmentVariable($Name, $Value)
        Get-ShownAddress | Should -BeLike "*https://$Expected/*/authorize*"
        # Whoever names one gets that.
        Get-ShownAddress @{ Environment = 'China' } | Should -BeLike '*https://login.partner.microsoftonline.cn/*/authorize*'
    }

    It 'is an error where the environment names none or two' {
        [Environment]::SetEnvironmentVariable('AZURE_CLOUD', 'AzureGermanCloud')
        { Connect-PIM -NoBrowser } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
        # What needs no cloud works all the same.
        (Get-PIMClaimsChallenge '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}').AuthenticationContexts | Should -Be c1
        [Environment]::SetEnvironmentVariable('AZURE_CLOUD', 'AzureCloud')
        [Environment]::SetEnvironmentVariable('AZURE_AUTHORITY_HOST', 'login.microsoftonline.us')
        { Connect-PIM -NoBrowser } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
    }

    It 'is that of Connect-AzAccount: <Name>' -ForEach @(
        @{ Name = 'AzureCloud'; Arm = 'https://management.azure.com' }
        @{ Name = 'AzureUSGovernment'; Arm = 'https://management.usgovcloudapi.net' }
        @{ Name = 'AzureChinaCloud'; Arm = 'https://management.chinacloudapi.cn' }
    ) {
        $global:PIMTestCloud = @{ Name = $Name; Asked = $null }
        function global:Get-AzContext { [pscustomobject] @{ Account = @{ Id = 'adele@contoso.example'; Type = 'User' }; Tenant = @{ Id = [guid]::NewGuid() }; Environment = @{ Name = $global:PIMTestCloud.Name } } }
        function global:Get-AzAccessToken { param($ResourceUrl) $global:PIMTestCloud.Asked = $ResourceUrl; throw 'no token here' }
        try {
            # Not the environment's: a session names its cloud.
            [Environment]::SetEnvironmentVariable('AZURE_CLOUD', 'USGovL5DoD')
            { Connect-PIM -FromSession Az } | Should -Throw -ErrorId 'SignInRequired,Connect-PIM'
            $global:PIMTestCloud.Asked | Should -BeLike "$Arm*"
        } finally {
            Remove-Item function:global:Get-AzContext, function:global:Get-AzAccessToken
            Remove-Variable PIMTestCloud -Scope Global
        }
    }

    It 'is that of Connect-MgGraph: <_>' -ForEach 'Global', 'USGov', 'USGovDoD', 'China' {
        $global:PIMTestCloud = $_
        function global:Get-MgContext { [pscustomobject] @{ Account = 'adele@contoso.example'; AuthType = 'Delegated'; TenantId = [guid]::NewGuid(); Environment = $global:PIMTestCloud } }
        function global:Invoke-MgGraphRequest { throw 'no token here' }
        try {
            { Connect-PIM -FromSession MicrosoftGraph } | Should -Throw -ErrorId 'SignInRequired,Connect-PIM'
            (& (Get-Module PIMStepUp) { Get-PimHostConfiguration MicrosoftGraph }).cloud | Should -Be $_
        } finally {
            Remove-Item function:global:Get-MgContext, function:global:Invoke-MgGraphRequest
            Remove-Variable PIMTestCloud -Scope Global
        }
    }

    It 'sends its tokens to no other' {
        $null = Connect-TestUser $emulator
        foreach ($uri in 'https://graph.microsoft.com/v1.0/me', 'https://graph.microsoft.us/v1.0/me', 'https://management.chinacloudapi.cn/subscriptions') {
            { Invoke-PIMRestMethod $uri } | Should -Throw -ErrorId 'HostNotAllowed,Invoke-PIMRestMethod'
        }
        Disconnect-PIM
    }
}

Describe 'The cloud of -Environment' {
    AfterEach { Disconnect-PIM }

    It 'may be an emulator of another process, or one of one''s own by its endpoints' {
        $text = [System.Management.Automation.PSSerializer]::Serialize($emulator)
        (Connect-TestUser ([System.Management.Automation.PSSerializer]::Deserialize($text))).Environment | Should -Be 'Emulator'
        $own = @{ Login = $emulator.Login; Graph = $emulator.Graph; Arm = $emulator.Arm; TenantId = $emulator.TenantId }
        (Connect-PIM $own -BrowserCommand ($emulator.BrowserCommand + '--account' + 'adele@contoso.example')).Environment | Should -Be 'Custom'
    }

    It 'is refused: <What>' -ForEach @(
        @{ What = 'an endpoint is missing'; Cloud = @{ Login = 'https://login.example'; Graph = 'https://graph.example' }; Words = '*has no Arm' }
        @{ What = 'two clouds'; Cloud = 'Global', 'China'; Words = '*neither a cloud''s name nor its endpoints*' }
        @{ What = 'plain http'; Cloud = @{ Login = 'http://login.example'; Graph = 'https://graph.example'; Arm = 'https://arm.example' }; Words = '*neither https nor loopback' }
    ) {
        $problem = { Connect-PIM -Environment $Cloud } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM' -PassThru
        $problem.Exception.Message | Should -BeLike $Words
        $problem.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'comes by pipeline one by one, and with none nobody signs in' {
        @() | Connect-PIM | Should -BeNullOrEmpty
        { 'Nowhere', $emulator | Connect-PIM -BrowserCommand false } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
    }

    It 'is completed' {
        $complete = { param($line) [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText }
        & $complete 'Connect-PIM -Environment US' | Should -Be 'USGovL4', 'USGovL5DoD'
        & $complete 'Get-PIMAccessToken -Resource ' | Should -Be 'Graph', 'Arm'
    }
}

Describe 'A context that is none' {
    AfterEach { Disconnect-PIM }

    It 'does not mean the default one' {
        $context = Connect-TestUser $emulator
        $missing = $null
        foreach ($call in { Get-PIMMyEligibleDirectoryRole -Context $missing }, { Disconnect-PIM -Context $missing }) {
            $call | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        }
        { Get-PIMMyEligibleDirectoryRole -Context $context, $context } | Should -Throw -ErrorId 'InvalidRequest,Get-PIMMyEligibleDirectoryRole'
        (Get-PIMContext).Account | Should -Be 'adele@contoso.example'
    }
}
