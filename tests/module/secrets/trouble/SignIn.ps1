# Sign-ins of a user that come to nothing.
[ordered] @{
    'wrong settings'          = { Connect-PIM -Environment Nowhere -ClientId $application.ClientId -ClientSecret (Use-Secret $secrets.Good) }
    'a browser that is none'  = { Connect-PIM -Environment $emulator -BrowserCommand '/nowhere/browser' }
    'another account'         = { Connect-PIM -Environment $emulator -Account adele@contoso.example -BrowserCommand (Get-Browser megan@contoso.example) }
    'a cancelled sign-in'     = { Connect-PIM -Environment $emulator -BrowserCommand (Get-Browser -With '--cancel') }
    'a closed window'         = { Connect-PIM -Environment $emulator -BrowserCommand (Get-Browser -With '--close') -SignInTimeout '00:00:01' }
    'declined permissions'    = { Use-Fault @{ service = 'login'; pathContains = '/token'; status = 400; body = @{ error = 'access_denied'; error_description = 'AADSTS65004: declined' } } { Connect-PIM @user -BrowserCommand (Get-Browser) } }
    'consent that is missing' = { Use-Fault @{ service = 'login'; pathContains = '/token'; status = 400; body = @{ error = 'invalid_grant'; suberror = 'consent_required'; error_description = 'AADSTS65001: no consent' } } { Connect-PIM @user -BrowserCommand (Get-Browser) } }
    'no token but a page'     = { Use-Fault @{ service = 'login'; pathContains = '/token'; status = 200; body = '<html>'; contentType = 'text/html' } { Connect-PIM @user -BrowserCommand (Get-Browser) } }
    'a device code'           = {
        Use-Fault @{ service = 'login'; pathContains = '/token'; status = 400; body = @{ error = 'expired_token'; error_description = 'AADSTS70019: too late' } } { Connect-PIM -Environment $emulator -UseDeviceCode }
    }
    'another one''s tokens'   = {
        # Tokens that were given to somebody before: their nonce is that of another sign-in.
        Connect-PIM -Environment $emulator -BrowserCommand (Get-Browser megan@contoso.example)
        $tokens = @{ token_type = 'Bearer'; expires_in = 3600; access_token = Get-Given accessToken; refresh_token = Get-Given refreshToken; id_token = Get-Given idToken }
        Use-Fault @{ service = 'login'; pathContains = '/token'; status = 200; body = $tokens } { Connect-PIM -Environment $emulator -BrowserCommand (Get-Browser) }
    }
}
