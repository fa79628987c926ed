# What a user does who is signed in, with tokens of all kinds.
[ordered] @{
    'a user'                 = {
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
    'tokens by hand'         = {
        $tokens = 'Graph', 'Arm' | ForEach-Object { Get-PIMAccessToken -Resource $_ -Context $script:first }
        $given = Connect-PIM -Environment $emulator -AccessToken $tokens
        Get-PIMAccessToken -Context $given -Claims ($tenantClaims -replace 'ID', 'c9')
        Connect-PIM -Environment $emulator -TenantId $nothing -AccessToken $tokens
        Connect-PIM -Environment $emulator -AccessToken (Use-Secret $secrets.Good)
        $given | Disconnect-PIM
        Get-PIMContext -Context $given
    }
    'the Azure CLI'          = {
        Use-AzureCli { Connect-PIM -Environment $emulator -UseAzureCli -Resource Arm }
        Use-AzureCli -Slow { Connect-PIM -Environment $emulator -UseAzureCli -Resource Arm -ProgramTimeout 00:00:01 }
    }
    'a sign-in that is kept' = {
        Use-Environment @{ XDG_DATA_HOME = (Join-Path $Folder data) } {
            $kept = Connect-PIM @user -Persist -BrowserCommand (Get-Browser)
            $kept | Disconnect-PIM
            Clear-PIMCache -Confirm:$false
        }
    }
    'a browser that is gone' = {
        $gone = Join-Path $Folder (Split-Path -Leaf $program)
        Copy-Item $program $gone
        Connect-PIM -Environment $emulator -BrowserCommand (@($gone) + @(Get-Browser | Select-Object -Skip 1))
        Remove-Item $gone
        Get-PIMAccessToken -Claims ($tenantClaims -replace 'ID', 'c2')
    }
    'further sign-ins'       = {
        # Of one who is signed in: cancelled, by another user, answered with another one's code, and left alone.
        $shell = Start-Shell {
            Connect-PIM -Environment $emulator -NoBrowser -SignInTimeout 00:00:04
            foreach ($turn in 1..4) { try { Get-PIMAccessToken -Claims $claims } catch { $_ } }
        } @{ claims = $tenantClaims -replace 'ID', 'c2' }
        Show-Page $shell 1 (Get-Browser)
        Show-Page $shell 2 (Get-Browser -With '--cancel')
        Show-Page $shell 3 (Get-Browser megan@contoso.example)
        $listener = [uri]::UnescapeDataString(([regex]::Match((Get-Page $shell 4), 'redirect_uri=([^&]+)').Groups[1].Value))
        $null = Invoke-WebRequest "${listener}?code=$(Get-Given code)&state=another" -SkipHttpErrorCheck -NoProxy -Verbose:$false -Debug:$false
        Complete-Shell $shell
    }
    'challenges'             = {
        $script:first = Connect-PIM @user -BrowserCommand (Get-Browser)
        Get-PIMAccessToken -Claims '{'
        Get-PIMAccessToken -Claims 'nothing'
        Get-PIMAccessToken -Claims '{"access_token":[]}'
        Get-PIMAccessToken -Claims ($tenantClaims -replace 'ID', 'c3')
        Get-PIMAccessToken -Resource 'mail server'
        $challenge = 'Bearer error="insufficient_claims", claims="{0}"' -f [System.Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes(($tenantClaims -replace 'ID', 'c2')))
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; times = 9; status = 401; headers = @{ 'www-authenticate' = $challenge }; body = (Get-Refusal Some_Code) } { Invoke-PIMRestMethod /v1.0/fault }
        Invoke-PIMRestMethod https://example.com/
    }
}
