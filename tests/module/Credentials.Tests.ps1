BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $application = 'd1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47'
    function ConvertTo-Secret { param([string] $Text) ConvertTo-SecureString $Text -AsPlainText -Force }

    # A certificate of the application's, as PEM and as PFX, and a tenant that knows it.
    $key = [System.Security.Cryptography.RSA]::Create(2048)
    $wish = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new(
        'CN=Contoso Automation', $key, [System.Security.Cryptography.HashAlgorithmName]::SHA256, [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
    $certificate = $wish.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(1))
    $pem = Join-Path $TestDrive application.pem
    Set-Content $pem ($certificate.ExportCertificatePem() + "`n" + $key.ExportPkcs8PrivateKeyPem())
    $locked = Join-Path $TestDrive locked.pem
    $lock = [System.Security.Cryptography.PbeParameters]::new('Aes256Cbc', [System.Security.Cryptography.HashAlgorithmName]::SHA256, 1000)
    Set-Content $locked ($certificate.ExportCertificatePem() + "`n" + $key.ExportEncryptedPkcs8PrivateKeyPem('a "password"', $lock))
    $pfx = Join-Path $TestDrive application.pfx
    [System.IO.File]::WriteAllBytes($pfx, $certificate.Export('Pfx', 'a "password" with \ and signs'))

    $scenario = Get-Content -Raw "$PSScriptRoot/../scenarios/contoso.json" | ConvertFrom-Json
    $scenario.applications[0] | Add-Member certificates @(@{ pem = $certificate.ExportCertificatePem() })
    # Nobody has to wait for five seconds.
    $scenario.behaviour | Add-Member deviceCodeIntervalSeconds 1 -Force
    $file = Join-Path $TestDrive scenario.json
    $scenario | ConvertTo-Json -Depth 50 | Set-Content $file
    $emulator = Start-PIMEmulator -Scenario $file
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'Connect-PIM as an application' {
    AfterEach { Disconnect-PIM }

    It 'takes a secret, whatever its characters' {
        $context = Connect-PIM -Environment $emulator -ClientId $application -ClientSecret (ConvertTo-Secret 'rehearsal-secret-of-contoso-automation')
        $context.IsConnected | Should -BeTrue
        @(Get-PIMDirectoryRoleEligibleAssignment -WarningAction SilentlyContinue).Count | Should -BeGreaterThan 0
        foreach ($wrong in 'wrong', 'quo"te and back\slash', "tab`tand bell$([char] 7)", 'ümläut') {
            { Connect-PIM -Environment $emulator -ClientId $application -ClientSecret (ConvertTo-Secret $wrong) } | Should -Throw -ErrorId 'SignInFailed,Connect-PIM'
        }
    }

    It 'takes a credential object, and says when the secret has expired' {
        $good = [pscredential]::new($application, (ConvertTo-Secret 'rehearsal-secret-of-contoso-automation'))
        (Connect-PIM -Environment $emulator -ClientSecretCredential $good).IsConnected | Should -BeTrue
        $old = [pscredential]::new($application, (ConvertTo-Secret 'expired-secret-of-contoso-automation'))
        $problem = { Connect-PIM -Environment $emulator -ClientSecretCredential $old } | Should -Throw -PassThru
        $problem.Exception.Message | Should -BeLike '*expired*'
    }

    It 'takes a certificate: <Way>' -ForEach @{ Way = 'PEM' }, @{ Way = 'encrypted PEM' }, @{ Way = 'PFX' }, @{ Way = 'object' } {
        $how = switch ($Way) {
            PEM { @{ CertificatePath = $pem } }
            'encrypted PEM' { @{ CertificatePath = $locked; CertificatePassword = ConvertTo-Secret 'a "password"' } }
            PFX { @{ CertificatePath = $pfx; CertificatePassword = ConvertTo-Secret 'a "password" with \ and signs' } }
            object { @{ Certificate = $certificate } }
        }
        (Connect-PIM -Environment $emulator -ClientId $application @how).IsConnected | Should -BeTrue
    }

    It 'says what is wrong with a certificate' {
        { Connect-PIM -Environment $emulator -ClientId $application -CertificatePath $pfx -CertificatePassword (ConvertTo-Secret wrong) } |
            Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
        { Connect-PIM -Environment $emulator -ClientId $application -CertificatePath (Join-Path $TestDrive none.pem) } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
        { Connect-PIM -Environment $emulator -ClientId $application -CertificateThumbprint 0123456789ABCDEF } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
        foreach ($password in @{}, @{ CertificatePassword = ConvertTo-Secret wrong }) {
            { Connect-PIM -Environment $emulator -ClientId $application -CertificatePath $locked @password } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
        }
        $curve = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=Curve', [System.Security.Cryptography.ECDsa]::Create(), [System.Security.Cryptography.HashAlgorithmName]::SHA256)
        $problem = { Connect-PIM -Environment $emulator -ClientId $application -Certificate $curve.CreateSelfSigned([DateTimeOffset]::UtcNow, [DateTimeOffset]::UtcNow.AddDays(1)) } |
            Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM' -PassThru
        $problem.Exception.Message | Should -BeLike '*no RSA key'
        $public = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($certificate.RawData)
        { Connect-PIM -Environment $emulator -ClientId $application -Certificate $public } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
    }

    It 'says of a path that it is none of a file: <Path>' -ForEach @{ Path = 'nodrive:\app.pem' }, @{ Path = 'env:PATH' } {
        foreach ($call in { Connect-PIM -Environment $emulator -ClientId $application -CertificatePath $Path }, { Connect-PIM -Environment $emulator -ClientId $application -WorkloadIdentity -FederatedTokenFile $Path }) {
            $problem = $call | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM' -PassThru
            $problem.TargetObject | Should -Be $Path
            $problem.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }
    }

    It 'takes the service connection that is named, also where the agent has a token file of its own' {
        $connection = $scenario.machine.azureDevOps.serviceConnectionId
        $before = @{}
        $variables = @{ AZURE_FEDERATED_TOKEN_FILE = Join-Path $TestDrive none.jwt }
        foreach ($variable in $emulator.Environments.azureDevOps.PSObject.Properties) { $variables[$variable.Name] = $variable.Value }
        try {
            foreach ($name in $variables.Keys) {
                $before[$name] = [Environment]::GetEnvironmentVariable($name)
                [Environment]::SetEnvironmentVariable($name, $variables[$name])
            }
            (Connect-PIM -Environment $emulator -ClientId $application -WorkloadIdentity -ServiceConnectionId $connection).IsConnected | Should -BeTrue
            { Connect-PIM -Environment $emulator -ClientId $application -WorkloadIdentity } | Should -Throw -ErrorId 'SignInFailed,Connect-PIM'
            { Connect-PIM -Environment $emulator -ClientId $application -WorkloadIdentity -ServiceConnectionId $connection -FederatedTokenFile x } |
                Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
        } finally {
            foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) }
        }
    }

    It 'says before it sends anything that an application activates no role for itself' {
        $null = Connect-PIM -Environment $emulator -ClientId $application -ClientSecret (ConvertTo-Secret 'rehearsal-secret-of-contoso-automation')
        Clear-Journal $emulator
        { Invoke-PIMDirectoryRoleActivation 'Global Reader' -NoPortal -Confirm:$false } | Should -Throw -ErrorId 'CredentialUnsuited,Invoke-PIMDirectoryRoleActivation'
        Get-Journal $emulator | Should -BeNullOrEmpty
    }
}

Describe 'Connect-PIM with what others have' {
    AfterEach { Disconnect-PIM }

    It 'takes tokens, each for its API' {
        $own = Connect-TestUser $emulator -With @{ Resource = 'Graph', 'Arm' }
        $tokens = 'Graph', 'Arm' | ForEach-Object { Get-PIMAccessToken -Resource $_ -Context $own }
        $null = Connect-PIM -Environment $emulator -AccessToken $tokens
        @(Get-PIMMyEligibleDirectoryRole).Count | Should -BeGreaterThan 0
        @(Get-PIMMyEligibleResourceRole).Count | Should -BeGreaterThan 0
        $claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
        $problem = { Get-PIMAccessToken -Claims $claims } | Should -Throw -PassThru
        $problem.Exception.Data['PIMError']['claims'] | Should -BeLike '*c1*'
        $own | Disconnect-PIM
    }

    It 'is a managed identity where the environment says so' {
        $before = @{}
        try {
            foreach ($variable in $emulator.Environments.appService.PSObject.Properties) {
                $before[$variable.Name] = [Environment]::GetEnvironmentVariable($variable.Name)
                [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value)
            }
            (Connect-PIM -Environment $emulator -ManagedIdentity).Account | Should -Be '04dae8b6-5c7e-4a9b-8f3d-1b8e6a4c2d7a'
            $assigned = $scenario.machine.managedIdentities[1]
            foreach ($id in @{ IdentityId = $assigned.clientId }, @{ IdentityId = $assigned.resourceId }, @{ IdentityObjectId = $assigned.objectId }) {
                (Connect-PIM -Environment $emulator -ManagedIdentity @id).Account | Should -Be $assigned.clientId
            }
            # One in the other's place: both are GUIDs.
            $problem = { Connect-PIM -Environment $emulator -ManagedIdentity -IdentityId $assigned.objectId } | Should -Throw -ErrorId 'SignInFailed,Connect-PIM' -PassThru
            $problem.ErrorDetails.RecommendedAction | Should -BeLike '*object id*'
            foreach ($bad in @{ IdentityId = 'jumphost' }, @{ IdentityId = '/resourceGroups/rg' }, @{ IdentityId = $assigned.clientId; IdentityObjectId = $assigned.objectId }) {
                { Connect-PIM -Environment $emulator -ManagedIdentity @bad } | Should -Throw -ErrorId 'InvalidConfiguration,Connect-PIM'
            }
        } finally {
            foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) }
        }
    }

    It 'asks the Azure CLI that is on the PATH (here a shell script, so not on Windows)' -Skip:$IsWindows {
        $own = Connect-TestUser $emulator -With @{ Resource = 'Arm' }
        $folder = Join-Path $TestDrive bin
        $null = New-Item -ItemType Directory -Force $folder
        $answer = @{ accessToken = Get-PIMAccessToken -Resource Arm -Context $own -AsPlainText; expiresOn = '2099-01-01 00:00:00.000000'; expires_on = 4070908800; tokenType = 'Bearer'; tenant = $emulator.TenantId }
        Set-Content (Join-Path $folder answer.json) ($answer | ConvertTo-Json)
        Set-Content (Join-Path $folder az) "#!/bin/sh`ncat '$folder/answer.json'`n"
        chmod +x "$folder/az"
        $path = $env:PATH
        $env:PATH = $folder + [System.IO.Path]::PathSeparator + $path
        try {
            (Connect-PIM -Environment $emulator -UseAzureCli -Resource Arm).Account | Should -Be 'adele@contoso.example'
        } finally {
            $env:PATH = $path
            $own | Disconnect-PIM
        }
    }
}

Describe 'Connect-PIM with one registration of one''s own' {
    It 'signs a user in with it, for all services' {
        $changed = $scenario | ConvertTo-Json -Depth 50 | ConvertFrom-Json
        $own = 'a0a1a2a3-b0b1-4c0c-8d0d-e0e1e2e3e4e5'
        $changed | Add-Member clients @(@{ clientId = $own; displayName = 'Contoso Roles' }) -Force
        $other = Join-Path $TestDrive own.json
        $changed | ConvertTo-Json -Depth 50 | Set-Content $other
        $quick = Start-PIMEmulator -Scenario $other
        $context = Connect-TestUser $quick -With @{ ClientId = $own; Resource = 'Graph', 'Arm' }
        $context.Tokens.ClientId | Should -Be $own, $own
        $context | Disconnect-PIM
        $quick | Stop-PIMEmulator
    }
}

Describe 'Connect-PIM with a switch that is off' {
    It 'signs in in the browser: <_>' -ForEach 'UseDeviceCode', 'ManagedIdentity', 'WorkloadIdentity', 'UseAzureCli', 'UseAzureDeveloperCli' {
        # Splatted, as by a script that decides by where it runs. The module's answer is looked at, so that no browser opens.
        $off = @{ $_ = $false }
        InModuleScope PIMStepUp -Parameters @{ off = $off; emulator = $emulator } {
            Mock New-PimSession { throw ($Configuration | ConvertTo-Json -Depth 5) }
            $configuration = { Connect-PIM -Environment $emulator @off } | Should -Throw -PassThru
            ($configuration.Exception.Message | ConvertFrom-Json).PSObject.Properties.Name | Should -Not -Contain 'credential'
        }
    }
}

Describe 'Connect-PIM with a device code' {
    It 'shows page and code, and is signed in when the user has typed it' {
        $quick = Start-PIMEmulator -Scenario $file
        $shell = [powershell]::Create().AddScript({
                param($manifest, $emulator)
                Import-Module $manifest -DisableNameChecking
                (Connect-PIM -Environment $emulator -UseDeviceCode -WarningAction SilentlyContinue).Account
            }).AddArgument($Manifest).AddArgument($quick)
        try {
            $running = $shell.BeginInvoke()
            $patience = [System.Diagnostics.Stopwatch]::StartNew()
            while ($shell.Streams.Information.Count -eq 0 -and $patience.Elapsed.TotalSeconds -lt 60) { Start-Sleep -Milliseconds 100 }
            $message = [string] $shell.Streams.Information[0].MessageData
            $page = [regex]::Match($message, 'https?://\S+[^\s.,]').Value
            $code = [regex]::Match($message, '\b[A-Z0-9]{8,9}\b').Value
            & $quick.BrowserCommand[0] browse --profile (Join-Path $TestDrive device.json) --account adele@contoso.example --user-code $code $page | Out-Null
            $shell.EndInvoke($running) | Should -Be 'adele@contoso.example'
        } finally {
            $shell.Dispose()
            $quick | Stop-PIMEmulator
        }
    }
}
