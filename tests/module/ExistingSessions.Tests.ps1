BeforeDiscovery { . "$PSScriptRoot/Common.ps1" }

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    Import-Module "$PSScriptRoot/doubles/Az.Accounts" -Global -Force -DisableNameChecking
    Import-Module "$PSScriptRoot/doubles/Microsoft.Graph.Authentication" -Global -Force -DisableNameChecking

    # The other modules' own sign-in: sessions that have nothing to do with those under test.
    $own = @{}
    foreach ($account in 'adele@contoso.example', 'patti@contoso.example') {
        $own[$account] = Connect-TestUser $emulator -Account $account -With @{ Resource = 'Graph', 'Arm' }
    }
    # Forgets that one of them is the default, without ending it.
    & (Get-Module PIMStepUp) { $script:PimDefaultSession = $null }

    function New-Source {
        param($Account, $Resource)
        $context = $own[$Account]
        {
            param($for)
            $name = if ($Resource) { $Resource } else { $for }
            @{ Text = Get-PIMAccessToken -Resource $name -Context $context -AsPlainText; ExpiresOn = [datetime]::UtcNow.AddHours(1) }
        }.GetNewClosure()
    }

    function Connect-Double {
        param([string] $Graph, [string] $Az, [string] $GraphType = 'Delegated', [string] $AzType = 'User')
        if ($Graph) {
            $global:PIMDoubleGraph = @{ Emulator = $emulator; Account = $Graph; Type = $GraphType; Token = New-Source $Graph Graph }
            Connect-MgGraph -NoWelcome
        }
        if ($Az) {
            $global:PIMDoubleAz = @{ Emulator = $emulator; Account = $Az; Type = $AzType; Token = New-Source $Az }
            $null = Connect-AzAccount
        }
    }
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
    Get-Module Az.Accounts, Microsoft.Graph.Authentication | Remove-Module -Force
    Remove-Variable PIMDoubleAz, PIMDoubleGraph, PIMUpdateGraphSession -Scope Global -ErrorAction Ignore
}

Describe 'Sessions of the Graph SDK and of Azure PowerShell' {
    AfterEach {
        Disconnect-PIM
        Disconnect-MgGraph
        Disconnect-AzAccount
        Clear-MgDoubleJournal
        Clear-AzDoubleJournal
    }

    It 'serve commands of their service, without Connect-PIM' {
        Connect-Double -Graph adele@contoso.example -Az adele@contoso.example
        @(Get-PIMMyEligibleDirectoryRole).Count | Should -BeGreaterThan 0
        Get-AzDoubleJournal | Should -BeNullOrEmpty
        @(Get-PIMMyEligibleResourceRole).Count | Should -BeGreaterThan 0
        Get-AzDoubleJournal | Should -Be $emulator.Arm
    }

    It 'are asked for a token once, not for each command' {
        Connect-Double -Graph adele@contoso.example
        1..3 | ForEach-Object { $null = Get-PIMMyActiveDirectoryRole }
        @(Get-MgDoubleJournal).Count | Should -Be 1
    }

    It 'may be of two accounts' {
        Connect-Double -Graph adele@contoso.example -Az patti@contoso.example
        $null = Get-PIMMyEligibleDirectoryRole
        $null = Get-PIMMyEligibleResourceRole
        (Get-PIMContext).Account | Sort-Object | Should -Be 'adele@contoso.example', 'patti@contoso.example'
    }

    It 'are followed when they change' {
        Connect-Double -Graph adele@contoso.example
        $null = Get-PIMMyEligibleDirectoryRole
        Connect-Double -Graph patti@contoso.example
        (Get-PIMDirectoryRoleEligibleAssignment -WarningAction SilentlyContinue | Select-Object -First 1) | Should -Not -BeNullOrEmpty
    }

    It 'yield to Connect-PIM' {
        Connect-Double -Graph patti@contoso.example
        $null = Connect-TestUser $emulator
        $null = Get-PIMMyEligibleDirectoryRole
        Get-MgDoubleJournal | Should -BeNullOrEmpty
        (Get-PIMContext).Account | Should -Be 'adele@contoso.example'
    }

    It 'stay as they are after a stronger sign-in, which is ours' {
        Connect-Double -Graph adele@contoso.example
        $before = Get-MgContext | ConvertTo-Json
        $null = Connect-TestUser $emulator -With @{ FromSession = 'MicrosoftGraph' }
        @(Get-MgDoubleJournal).Count | Should -Be 1
        $result = Invoke-PIMDirectoryRoleActivation 'Security Administrator' -justification 'test' -NoPortal -PassThru -Confirm:$false
        $result.ActivationStatus | Should -Be 'Activated'
        Get-MgContext | ConvertTo-Json | Should -Be $before
        Get-MgDoubleToken | Should -BeNullOrEmpty
    }

    It 'take the strong token over with <Way>' -ForEach @(
        @{ Way = '-UpdateGraphSession'; Role = 'User Administrator' }
        @{ Way = 'the preference of old scripts'; Role = 'Exchange Administrator' }
    ) {
        Connect-Double -Graph adele@contoso.example
        $null = Connect-TestUser $emulator -With @{ FromSession = 'MicrosoftGraph' }
        $more = @{}
        if ($Way -like '-*') { $more['UpdateGraphSession'] = $true } else { $global:PIMUpdateGraphSession = $true }
        try {
            $null = Invoke-PIMDirectoryRoleActivation $Role -justification 'test' -waitAfterActivation 0 -NoPortal -Confirm:$false @more
        } finally {
            $global:PIMUpdateGraphSession = $null
        }
        (Get-MgContext).AuthType | Should -Be 'UserProvidedAccessToken'
        $payload = (Get-MgDoubleToken).Split('.')[1].Replace('-', '+').Replace('_', '/')
        $payload += '=' * ((4 - $payload.Length % 4) % 4)
        [System.Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($payload)) | Should -BeLike '*"acrs":`["c1"*'
    }

    It 'of an application cannot be stepped up, and the error says so with the claims' {
        Connect-Double -Graph adele@contoso.example -GraphType AppOnly
        $problem = { Get-PIMAccessToken -Claims '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}' } | Should -Throw -ErrorId 'SignInRequired,Get-PIMAccessToken' -PassThru
        $problem.Exception.Data['PIMError']['claims'] | Should -BeLike '*c1*'
    }

    It 'that fail to give a token are named' {
        Connect-Double -Az adele@contoso.example
        $global:PIMDoubleAz.Token = { throw 'Your Azure credentials have not been set up or have expired' }
        $null = Connect-AzAccount
        $problem = { Get-PIMMyEligibleResourceRole } | Should -Throw -PassThru
        $problem.Exception.Message | Should -BeLike '*Azure PowerShell could not be used: Your Azure credentials*'
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Connect-AzAccount*'
    }

    It 'are asked for a token of the tenant that is named' {
        $asked = [System.Collections.Generic.List[string]]::new()
        $context = $own['adele@contoso.example']
        $global:PIMDoubleAz = @{
            Emulator = $emulator; Account = 'adele@contoso.example'; Type = 'User'
            Token = { param($for, $tenant) $asked.Add($tenant); @{ Text = Get-PIMAccessToken $for -Context $context -AsPlainText; ExpiresOn = [datetime]::UtcNow.AddHours(1) } }.GetNewClosure()
        }
        $null = Connect-AzAccount
        (Connect-PIM -FromSession Az).IsConnected | Should -BeTrue
        (Connect-PIM -FromSession Az -TenantId $emulator.Tenant).IsConnected | Should -BeTrue
        $other = '11111111-2222-4333-8444-555555555555'
        { Connect-PIM -FromSession Az -TenantId $other } | Should -Throw -ErrorId 'TenantMismatch,Connect-PIM'
        $asked | Should -Be '', $emulator.Tenant, $other
    }

    It 'are missing for -FromSession' {
        { Connect-PIM -FromSession Az } | Should -Throw -ErrorId 'SignInRequired,Connect-PIM'
    }
}

Describe 'Without any session, where nobody can be asked' {
    It '<Command> says so in the words of AzurePIMStuff' -ForEach @(
        @{ Command = 'Get-PIMMyEligibleDirectoryRole'; Connect = 'Connect-MgGraph' }
        @{ Command = 'Get-PIMGroup'; Connect = 'Connect-MgGraph' }
        @{ Command = 'Get-PIMDirectoryRoleEligibleAssignment'; Connect = 'Connect-MgGraph' }
        @{ Command = 'Get-PIMSupportedGroup'; Connect = 'Connect-MgGraph' }
        @{ Command = 'Get-PIMMyActiveResourceRole'; Connect = 'Connect-AzAccount' }
        @{ Command = 'Get-PIMMyEligibleResourceRole'; Connect = 'Connect-AzAccount' }
        @{ Command = 'Get-PIMSubscriptionEligibleAssignment'; Connect = 'Connect-AzAccount' }
        @{ Command = 'Get-PIMManagementGroupEligibleAssignment'; Connect = 'Connect-AzAccount' }
    ) {
        $problem = { & $Command -WarningAction SilentlyContinue } | Should -Throw -PassThru
        $problem.Exception.Message | Should -Be "${Command}: Authentication needed. Please call $Connect."
        $problem.CategoryInfo.Category | Should -Be 'AuthenticationError'
    }

    It 'names the permission for the activation of directory roles, under the real name of an alias' {
        $problem = { ipdr 'Global Reader' } | Should -Throw -PassThru
        $problem.Exception.Message | Should -Be 'Invoke-PIMDirectoryRoleActivation: Authentication needed. Please call Connect-MgGraph -Scopes RoleAssignmentSchedule.ReadWrite.Directory.'
    }
}
