# Everything that the commands do, and everything that can go wrong with them. What fails is caught: it stays in $Error.
$program = $emulator.BrowserCommand[0]
function Get-Browser {
    param([string] $Account = 'adele@contoso.example', [string[]] $With = @())
    @($program, 'browse', '--profile', (Join-Path $Folder "$([guid]::NewGuid()).json"), '--account', $Account) + $With
}
function Use-Secret { param([string] $Text) ConvertTo-SecureString $Text -AsPlainText -Force }
function Write-Failure { param($Failure) Write-Information "failed: $(([string] $Failure.FullyQualifiedErrorId -split ',')[0])" }
function Use-Fault {
    # One failing answer, and then the command that meets it.
    param([hashtable] $Fault, [scriptblock] $Command)
    Send-Control /faults $Fault
    try { & $Command } catch { Write-Failure $_ } finally { Send-Control /faults '' -Method Delete }
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

# By name: an error shows the line that it comes from.
$scenario = Send-Control /scenario -Method Get
$secrets = @{ Good = $scenario.applications[0].secrets[0].value; Expired = $scenario.applications[0].secrets[1].value; Wrong = "wrong-$([guid]::NewGuid())"; Lost = "lost-$([guid]::NewGuid())" }
$application = @{ Environment = $emulator; ClientId = 'd1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47' }
$user = @{ Environment = $emulator; Resource = 'Graph', 'Arm' }
$tenantClaims = '{"access_token":{"acrs":{"essential":true,"value":"ID"}}}'
$graphError = @{ error = @{ code = 'Some_Code'; message = 'words of the service' } }
$nothing = '00000000-0000-4000-8000-000000000000'
$production = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1'

$parts = [ordered] @{
    'wrong settings'          = { Connect-PIM -Environment Nowhere }
    'a browser that is none'  = { Connect-PIM -Environment $emulator -BrowserCommand '/nowhere/browser' }
    'another account'         = { Connect-PIM -Environment $emulator -Account adele@contoso.example -BrowserCommand (Get-Browser megan@contoso.example) }
    'a cancelled sign-in'     = { Connect-PIM -Environment $emulator -BrowserCommand (Get-Browser -With '--cancel') }
    'a closed window'         = { Connect-PIM -Environment $emulator -BrowserCommand (Get-Browser -With '--close') -SignInTimeout '00:00:01' }
    'no such host'            = {
        $nowhere = [pscustomobject] @{ PSTypeName = 'PIMStepUp.Emulator'; Login = 'https://login.invalid'; Graph = 'https://graph.invalid'; Arm = 'https://arm.invalid'; TenantId = $nothing; CertificateFile = $null }
        Connect-PIM -Environment $nowhere -ClientId $application.ClientId -ClientSecret (Use-Secret $secrets.Lost)
    }
    'nobody listens'          = {
        $gone = [pscustomobject] @{ PSTypeName = 'PIMStepUp.Emulator'; Login = 'http://127.0.0.1:1'; Graph = $emulator.Graph; Arm = $emulator.Arm; TenantId = $nothing; CertificateFile = $null }
        Connect-PIM -Environment $gone -ClientId $application.ClientId -ClientSecret (Use-Secret $secrets.Lost)
    }
    'declined permissions'    = { Use-Fault @{ service = 'login'; pathContains = '/token'; status = 400; body = @{ error = 'access_denied'; error_description = 'AADSTS65004: declined' } } { Connect-PIM @user -BrowserCommand (Get-Browser) } }
    'consent that is missing' = { Use-Fault @{ service = 'login'; pathContains = '/token'; status = 400; body = @{ error = 'invalid_grant'; suberror = 'consent_required'; error_description = 'AADSTS65001: no consent' } } { Connect-PIM @user -BrowserCommand (Get-Browser) } }
    'no token but a page'     = { Use-Fault @{ service = 'login'; pathContains = '/token'; status = 200; body = '<html>'; contentType = 'text/html' } { Connect-PIM @user -BrowserCommand (Get-Browser) } }

    'a wrong secret'          = { Connect-PIM @application -ClientSecret (Use-Secret $secrets.Wrong) }
    'an expired secret'       = { Connect-PIM @application -ClientSecret (Use-Secret $secrets.Expired) }
    'a repeated secret'       = {
        $secret = $secrets.Good
        Use-Fault @{ service = 'login'; pathContains = '/token'; status = 401; body = @{ error = 'invalid_client'; error_description = "AADSTS7000215: the secret '$secret' is wrong" } } { Connect-PIM @application -ClientSecret (Use-Secret $secret) }
    }
    'an application'          = {
        Connect-PIM @application -ClientSecret (Use-Secret $secrets.Good)
        Invoke-PIMDirectoryRoleActivation 'Global Reader' -NoPortal -Confirm:$false
    }
    'a federated application' = {
        $file = Join-Path $Folder federated.jwt
        Set-Content -LiteralPath $file -NoNewline -Value (Send-Control /federated-token @{ issuer = 'https://cluster.contoso.example/oidc'; subject = 'system:serviceaccount:roles:activator' }).token
        Connect-PIM @application -WorkloadIdentity -FederatedTokenFile $file
        Set-Content -LiteralPath $file -NoNewline -Value (Send-Control /federated-token @{ issuer = 'https://cluster.contoso.example/oidc'; subject = 'system:serviceaccount:roles:another' }).token
        Connect-PIM @application -WorkloadIdentity -FederatedTokenFile $file
        Remove-Item $file
    }
    'pipelines'               = {
        Use-Environment (Get-Variables gitHub) { Connect-PIM @application -WorkloadIdentity }
        Use-Environment (Get-Variables azureDevOps) { Connect-PIM @application -WorkloadIdentity -ServiceConnectionId $nothing }
    }
    'managed identities'      = {
        Use-Environment (Get-Variables appService) { Connect-PIM -Environment $emulator -ManagedIdentity }
        $header = (Get-Variables appService).IDENTITY_HEADER
        Use-Fault @{ service = 'machine'; status = 400; body = @{ error = @{ code = 'BadHeader'; message = "the header $header is wrong" } } } {
            Use-Environment (Get-Variables appService) { Connect-PIM -Environment $emulator -ManagedIdentity }
        }
        Use-Environment (Get-Variables arc) { Connect-PIM -Environment $emulator -ManagedIdentity }
        Use-Environment @{ AZURE_POD_IDENTITY_AUTHORITY_HOST = 'http://127.0.0.1:1' } { Connect-PIM -Environment $emulator -ManagedIdentity }
    }
    'a device code'           = {
        Use-Fault @{ service = 'login'; pathContains = '/token'; status = 400; body = @{ error = 'expired_token'; error_description = 'AADSTS70019: too late' } } { Connect-PIM -Environment $emulator -UseDeviceCode }
    }

    'a user'                  = {
        $script:first = Connect-PIM @user -BrowserCommand (Get-Browser)
        $script:first | ConvertTo-Json -Depth 9
        Get-PIMContext
        Get-PIMAccessToken
        Get-PIMAccessToken -Resource Arm
        Get-PIMAccessToken -Claims ($tenantClaims -replace 'ID', 'c1')
        Get-PIMGraphTokenWithClaim -claim ($tenantClaims -replace 'ID', 'c1')
        Get-PIMMyEligibleDirectoryRole
        Get-PIMMyEligibleResourceRole
        Invoke-PIMRestMethod /v1.0/me -ResponseHeadersVariable headers
        $headers
        Send-Control /users/adele@contoso.example/challenge @{ reason = 'outdatedPolicies' }
        Invoke-PIMRestMethod /v1.0/me
    }
    'tokens by hand'          = {
        $tokens = 'Graph', 'Arm' | ForEach-Object { Get-PIMAccessToken -Resource $_ -Context $script:first }
        $given = Connect-PIM -Environment $emulator -AccessToken $tokens
        Get-PIMAccessToken -Context $given -Claims ($tenantClaims -replace 'ID', 'c9')
        Connect-PIM -Environment $emulator -TenantId $nothing -AccessToken $tokens
        Connect-PIM -Environment $emulator -AccessToken (Use-Secret $secrets.Lost)
        $given | Disconnect-PIM
        Get-PIMContext -Context $given
    }
    'the Azure CLI'           = {
        $tools = Join-Path $Folder bin
        $null = New-Item -ItemType Directory -Force $tools
        $token = Get-PIMAccessToken -Resource Arm -Context $script:first -AsPlainText
        Set-Content (Join-Path $tools az) "#!/bin/sh`necho 'ERROR: the token $token is broken' >&2`nexit 1`n"
        if (Get-Command chmod -CommandType Application -ErrorAction Ignore) { chmod +x (Join-Path $tools az) }
        Use-Environment @{ PATH = $tools + [System.IO.Path]::PathSeparator + $env:PATH } { Connect-PIM -Environment $emulator -UseAzureCli -Resource Arm }
        Remove-Item -Recurse $tools
    }
    'a sign-in that is kept'  = {
        Use-Environment @{ XDG_DATA_HOME = (Join-Path $Folder data) } {
            $kept = Connect-PIM @user -Persist -BrowserCommand (Get-Browser)
            $kept | Disconnect-PIM
            Clear-PIMCache -Confirm:$false
        }
    }
    'challenges'              = {
        $script:first = Connect-PIM @user -BrowserCommand (Get-Browser)
        Get-PIMAccessToken -Claims '{'
        Get-PIMAccessToken -Claims 'nothing'
        Get-PIMAccessToken -Claims '{"access_token":[]}'
        Get-PIMAccessToken -Claims ($tenantClaims -replace 'ID', 'c3')
        Get-PIMAccessToken -Resource 'mail server'
        $challenge = 'Bearer error="insufficient_claims", claims="{0}"' -f [System.Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes(($tenantClaims -replace 'ID', 'c2')))
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; times = 9; status = 401; headers = @{ 'www-authenticate' = $challenge }; body = $graphError } { Invoke-PIMRestMethod /v1.0/fault }
        Invoke-PIMRestMethod https://example.com/
    }
    'answers of services'     = {
        foreach ($status in 400, 401, 403, 404, 409, 500) {
            Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; times = 50; status = $status; body = $graphError } { Invoke-PIMRestMethod /v1.0/fault }
        }
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; times = 50; status = 429; headers = @{ 'Retry-After' = '7200' } } { Invoke-PIMRestMethod /v1.0/fault }
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; times = 50; cut = $true } { Invoke-PIMRestMethod /v1.0/fault }
        Use-Fault @{ service = 'graph'; pathContains = 'roleEligibilitySchedules'; times = 9; status = 200; body = '{"value":['; contentType = 'application/json' } { Get-PIMMyEligibleDirectoryRole }
        $token = Get-PIMAccessToken -AsPlainText
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; status = 400; body = @{ error = @{ code = 'Bad'; message = "the header 'Bearer $token' is wrong" } } } { Invoke-PIMRestMethod /v1.0/fault }
    }
    'roles'                   = {
        Invoke-PIMDirectoryRoleActivation 'User Administrator', 'License Administrator', 'Nobody', 'Privileged Authentication Administrator' 'x' -PassThru -NoPortal
        Invoke-PIMDirectoryRoleActivation 'Message Center Reader' 'x' -duration 8 -PassThru -NoPortal
        Invoke-PIMDirectoryRoleActivation 'Global Reader' 'x' -duration 0 -PassThru -NoPortal
        Invoke-PIMDirectoryRoleActivation 'User Administrator' 'x' -PassThru -NoPortal
        Invoke-PIMResourceRoleActivation -RoleName Contributor -justification x -PassThru -NoPortal
        Invoke-PIMResourceRoleActivation -RoleName Reader -Scope 'Contoso Production' -PassThru -NoPortal
        Get-PIMDirectoryRoleAssignmentSetting -roleName 'Global Raeder'
        Get-PIMGroupEligibleAssignment -groupId $nothing
        Get-PIMSubscriptionEligibleAssignment -id $nothing
        New-PIMResourceEligibleRoleAssignment -scope $production -principalId $nothing -roleName Reader -Confirm:$false
        Set-PIMResourceRoleAssignmentSetting -scope $production -roleName Reader -requireApproval $true -allowPermanentAssignment $true -MaximumEligibleDuration 1.00:00 -Confirm:$false
    }
    'the emulator'            = {
        Start-PIMEmulator -Scenario (Join-Path $Folder none.json)
    }
    'the end'                 = {
        $context = Get-PIMContext
        Disconnect-PIM
        Get-PIMAccessToken -Context $context
        Get-PIMMyEligibleDirectoryRole
    }
}
foreach ($part in $parts.Keys) {
    Write-Information "=== $part"
    # Each line by itself: what fails does not keep the next from being tried.
    foreach ($statement in $parts[$part].Ast.EndBlock.Statements) {
        try { . ([scriptblock]::Create($statement.Extent.Text)) } catch { Write-Failure $_ }
    }
}
