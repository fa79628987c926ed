BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

    function Read-Jwt {
        param([string] $Token)
        $part = $Token.Split('.')[1].Replace('-', '+').Replace('_', '/')
        [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($part.PadRight([System.Math]::Ceiling($part.Length / 4) * 4, '='))) | ConvertFrom-Json
    }

    function Get-Acrs {
        param([string] $Token)
        $payload = Read-Jwt $Token
        if ($payload.PSObject.Properties['acrs']) { @($payload.acrs) }
    }
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'Get-PIMAccessToken' {
    BeforeEach { $null = Connect-TestUser $emulator }
    AfterEach { Disconnect-PIM }

    It 'returns a SecureString, and text on demand' {
        $token = Get-PIMAccessToken
        $token | Should -BeOfType [securestring]
        $token.IsReadOnly() | Should -BeTrue
        $text = Get-PIMAccessToken -AsPlainText
        [System.Net.NetworkCredential]::new('', $token).Password | Should -BeExactly $text
        (Read-Jwt $text).tid | Should -Be $emulator.TenantId
        (Read-Jwt $text).xms_cc | Should -Contain 'cp1'
    }

    It 'takes Graph, Arm, and an application id URI' {
        $graph = (Read-Jwt (Get-PIMAccessToken Graph -AsPlainText)).aud
        $arm = (Read-Jwt (Get-PIMAccessToken Arm -AsPlainText)).aud
        $graph | Should -Not -Be $arm
        (Read-Jwt (Get-PIMAccessToken $emulator.Arm -AsPlainText)).aud | Should -Be $arm
    }

    It 'satisfies claims given as <What>' -ForEach @(
        @{ What = 'JSON'; Value = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}' }
        @{ What = 'base64'; Value = 'eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19' }
        @{ What = 'a header'; Value = 'Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19"' }
    ) {
        Get-Acrs (Get-PIMAccessToken -AsPlainText) | Should -Not -Contain 'c1'
        Get-Acrs (Get-PIMAccessToken -Claims $Value -AsPlainText) | Should -Contain 'c1'
        (Get-PIMContext).Tokens.AuthenticationContexts | Should -Contain 'c1'
    }

    It 'asks the user once for the same claims' {
        $first = Get-PIMAccessToken -Claims $claims -AsPlainText
        Clear-Journal $emulator
        Get-PIMAccessToken -Claims $claims -AsPlainText | Should -BeExactly $first
        @(Get-Journal $emulator -Service login).Count | Should -Be 0
    }

    It 'satisfies the challenge of a request that failed, for the API that was asked' {
        $role = Get-PIMMyEligibleDirectoryRole | Where-Object RoleName -eq 'Teams Administrator'
        $request = @{
            Uri = "$($emulator.Graph.TrimEnd('/'))/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"; Method = 'Post'; ContentType = 'application/json'
            Authentication = 'Bearer'; AllowUnencryptedAuthentication = $true
            Body = @{
                action = 'selfActivate'; principalId = $role.principalId; roleDefinitionId = $role.roleDefinitionId; directoryScopeId = '/'; justification = 'test'
                scheduleInfo = @{ startDateTime = [datetime]::UtcNow.ToString('o'); expiration = @{ type = 'afterDuration'; duration = 'PT1H' } }
            } | ConvertTo-Json -Depth 5
        }
        $token = Get-PIMAccessToken
        $answer = try {
            Invoke-RestMethod @request -Token $token
        } catch {
            $challenge = $_ | Get-PIMClaimsChallenge
            $challenge.RequestUri.Authority | Should -Be ([uri] $emulator.Graph).Authority
            $token = $_ | Get-PIMAccessToken
            Invoke-RestMethod @request -Token $token
        }
        $challenge.AuthenticationContexts | Should -Be 'c1'
        $answer.status | Should -Not -BeNullOrEmpty
    }

    It 'says when the input holds no challenge' {
        $problems = $null
        'nothing' | Get-PIMAccessToken -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        Get-ErrorCode $problems[0] | Should -Be 'ChallengeNotFound'
    }

    It 'refuses malformed claims before anything is sent' {
        Clear-Journal $emulator
        $problem = { Get-PIMAccessToken -Claims '{"access_token":' } | Should -Throw -PassThru
        Get-ErrorCode $problem | Should -BeIn 'ChallengeMalformed', 'ChallengeNotFound'
        @(Get-Journal $emulator -Service login).Count | Should -Be 0
    }
}

Describe 'Get-PIMGraphTokenWithClaim' {
    BeforeEach { $null = Connect-TestUser $emulator }
    AfterEach {
        Disconnect-PIM
        Remove-Variable -Name _tenantId -Scope Global -ErrorAction Ignore
    }

    It 'returns a SecureString, or text with -asString, with the context in it' {
        Get-PIMGraphTokenWithClaim -claim $claims | Should -BeOfType [securestring]
        $text = Get-PIMGraphTokenWithClaim -claim $claims -asString
        $text | Should -BeOfType [string]
        Get-Acrs $text | Should -Contain 'c1'
    }

    It 'always has the permission to activate' {
        (Read-Jwt (Get-PIMGraphTokenWithClaim -claim $claims -scope 'User.Read' -asString)).scp | Should -BeLike '*RoleAssignmentSchedule.ReadWrite.Directory*'
    }

    It 'takes tenant, scope and claim by position' {
        Get-PIMGraphTokenWithClaim $emulator.TenantId 'User.Read' $claims | Should -BeOfType [securestring]
    }

    It 'works where the global $_tenantId is unset (defect 1), and honours it where it is set' {
        Get-PIMGraphTokenWithClaim -claim $claims | Should -BeOfType [securestring]
        $global:_tenantId = $emulator.TenantId
        Get-PIMGraphTokenWithClaim -claim $claims | Should -BeOfType [securestring]
        $global:_tenantId = '7d0c9a52-2f0f-4a53-8b36-6a8f5b1f3e22'
        { Get-PIMGraphTokenWithClaim -claim $claims } | Should -Throw
    }

    It 'refuses claims that are no JSON, and takes base64 (defect 14)' {
        Clear-Journal $emulator
        { Get-PIMGraphTokenWithClaim -claim '{ "access_token": ' } | Should -Throw -ExpectedMessage 'Get-PIMGraphTokenWithClaim: Claim is not a valid JSON string.*'
        @(Get-Journal $emulator -Service login).Count | Should -Be 0
        Get-Acrs (Get-PIMGraphTokenWithClaim -claim 'eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19' -asString) | Should -Contain 'c1'
    }
}
