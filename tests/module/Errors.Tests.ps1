BeforeDiscovery {
    $graphError = '{"error":{"code":"Some_Code","message":"words of the service","innerError":{"request-id":"11111111-1111-1111-1111-111111111111"}}}'
    $answers = @(
        @{ What = '400'; Fault = @{ status = 400; body = $graphError; contentType = 'application/json' }; Code = 'BadRequest'; Category = 'InvalidOperation' }
        @{ What = '401 without a challenge'; Fault = @{ status = 401; body = $graphError; contentType = 'application/json' }; Code = 'Unauthorized'; Category = 'AuthenticationError' }
        @{ What = '403'; Fault = @{ status = 403; body = $graphError; contentType = 'application/json' }; Code = 'AccessDenied'; Category = 'PermissionDenied' }
        @{ What = '404'; Fault = @{ status = 404; body = $graphError; contentType = 'application/json' }; Code = 'NotFound'; Category = 'ObjectNotFound' }
        @{ What = '409'; Fault = @{ status = 409; body = $graphError; contentType = 'application/json' }; Code = 'Conflict'; Category = 'InvalidOperation' }
        @{ What = '500'; Fault = @{ status = 500; body = $graphError; contentType = 'application/json' }; Code = 'ServiceUnavailable'; Category = 'ResourceUnavailable' }
        @{ What = 'an HTML page with 502'; Fault = @{ status = 502; body = '<html>bad gateway</html>'; contentType = 'text/html' }; Code = 'ServiceUnavailable'; Category = 'ResourceUnavailable' }
        @{ What = 'a cut connection'; Fault = @{ cut = $true }; Code = 'ConnectionFailed'; Category = 'ConnectionError' }
    )
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $null = Connect-TestUser $emulator
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'What a service can answer' {
    AfterEach { $null = Invoke-RestMethod "$($emulator.Control)/faults" -Method Delete }

    It '<What> is <Code>, with a hint and all that is known' -ForEach $answers {
        Add-Fault $emulator (@{ service = 'graph'; pathContains = '/v1.0/fault'; times = 50 } + $Fault)
        $problem = { Invoke-PIMRestMethod /v1.0/fault } | Should -Throw -ErrorId "$Code,Invoke-PIMRestMethod" -PassThru
        $problem.CategoryInfo.Category | Should -Be $Category
        $problem.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $problem.Exception.Message | Should -Not -BeLike '*.'
        $problem.InvocationInfo.Line | Should -BeLike '*Invoke-PIMRestMethod /v1.0/fault*'
        $detail = $problem.Exception.Data['PIMError']
        $detail.code | Should -Be $Code
        if ($Fault.ContainsKey('status') -and $Fault.status -ge 400) { $detail.http.status | Should -Be $Fault.status }
        if ($Fault.ContainsKey('body') -and $Fault.body -like '*Some_Code*') { $detail.service.code | Should -Be 'Some_Code' }
    }

    It 'a list that is no JSON is UnexpectedResponse' {
        Add-Fault $emulator @{ service = 'graph'; pathContains = 'roleEligibilitySchedules'; times = 1; status = 200; body = '{"value":['; contentType = 'application/json' }
        $problem = { Get-PIMMyEligibleDirectoryRole } | Should -Throw -ErrorId 'UnexpectedResponse,Get-PIMMyEligibleDirectoryRole' -PassThru
        $problem.CategoryInfo.Category | Should -Be 'InvalidData'
    }

    It 'obeys Retry-After and goes on' {
        Add-Fault $emulator @{ service = 'graph'; pathContains = '/v1.0/me'; times = 1; status = 429; headers = @{ 'Retry-After' = '1' }; body = '{"error":{"code":"TooManyRequests","message":"slow down"}}'; contentType = 'application/json' }
        (Invoke-PIMRestMethod /v1.0/me).userPrincipalName | Should -Be 'adele@contoso.example'
    }
}

Describe 'What cannot be reached' {
    It 'a certificate that is not trusted is TlsFailed' {
        $secure = Start-PIMEmulator -Tls
        try {
            $secure.CertificateFile = $null
            { Connect-PIM -Environment $secure -BrowserCommand $secure.BrowserCommand } | Should -Throw -ErrorId 'TlsFailed,Connect-PIM'
        } finally {
            $secure | Stop-PIMEmulator
        }
    }

    It 'an emulator that has ended is ConnectionFailed' {
        $other = Start-PIMEmulator
        $context = Connect-TestUser $other
        $other | Stop-PIMEmulator
        { Invoke-PIMRestMethod /v1.0/me -Context $context } | Should -Throw -ErrorId 'ConnectionFailed,Invoke-PIMRestMethod'
        $context | Disconnect-PIM
    }
}

Describe 'A second challenge after the sign-in' {
    It 'is ChallengeUnsatisfied, and says what was asked' {
        $null = Connect-TestUser $emulator
        $claims = [uri]::EscapeDataString('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}')
        Add-Fault $emulator @{ service = 'graph'; pathContains = '/v1.0/again'; times = 5; status = 400; contentType = 'application/json'
            body = "{`"error`":{`"code`":`"RoleAssignmentRequestAcrsValidationFailed`",`"message`":`"&claims=$claims`"}}" }
        Clear-Journal $emulator
        $problem = { Invoke-PIMRestMethod /v1.0/again } | Should -Throw -ErrorId 'ChallengeUnsatisfied,Invoke-PIMRestMethod' -PassThru
        @(Get-Journal $emulator -Service graph -PathLike '*again').Count | Should -Be 2
        ($problem | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
    }
}

Describe 'The library' {
    It 'that is missing is told by the first command, not by the import' {
        $copy = Join-Path $TestDrive 'PIMStepUp'
        Copy-Item -Recurse $ModulePath $copy
        Remove-Item -Recurse (Join-Path $copy 'bin')
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$copy/PIMStepUp.psd1'; try { 'x' | Get-PIMClaimsChallenge } catch { `$_.FullyQualifiedErrorId }")
        $shell.Invoke() | Should -Be 'NativeLibraryMissing,Get-PIMClaimsChallenge'
        $shell.Dispose()
    }
}

Describe 'Error codes' {
    It 'are documented: <_>' -ForEach @('NativeLibraryMissing', 'EmulatorFailed', 'SignInRequired', 'RoleAmbiguous', 'ChallengeNotFound') {
        (Get-Content -Raw "$PSScriptRoot/../../docs/errors.md").Contains("``$_``") | Should -BeTrue
    }
}
