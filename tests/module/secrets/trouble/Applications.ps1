# Applications and machines that sign in for themselves.
[ordered] @{
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
}
