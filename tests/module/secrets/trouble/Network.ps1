# Hosts that are not there, and what answers in their place. Through proxies goes a session that has a token for a Graph behind them.
[ordered] @{
    'no such host'              = { Connect-PIM -Environment (Get-Elsewhere https://login.invalid $emulator.Graph) -ClientId $application.ClientId -ClientSecret (Use-Secret $secrets.Good) }
    'nobody listens'            = { Connect-PIM -Environment (Get-Elsewhere http://127.0.0.1:1 $emulator.Graph) -ClientId $application.ClientId -ClientSecret (Use-Secret $secrets.Good) }
    'a service that is slow'    = {
        Connect-PIM -Environment $emulator -AccessToken (Get-PIMAccessToken -Context $script:first) -RequestTimeout 00:00:01
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; delayMs = 60000 } { Invoke-PIMRestMethod /v1.0/fault -Method Post -Body '{}' }
    }
    'a page of the network'     = {
        Use-Fault @{ service = 'graph'; pathContains = 'roleEligibilitySchedules'; status = 200; body = '<html>'; contentType = 'text/html' } { Get-PIMMyEligibleDirectoryRole -Context $script:first }
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; status = 302; headers = @{ location = 'http://portal.example/' } } { Invoke-PIMRestMethod /v1.0/fault -Context $script:first }
    }
    'a proxy that is none'      = {
        Use-Environment @{ HTTPS_PROXY = "socks5://adele:$($secrets.Good)@127.0.0.1:1080"; NO_PROXY = $null } { Connect-PIM -Environment (Get-Elsewhere $emulator.Login https://graph.invalid) -AccessToken (Get-PIMAccessToken -Context $script:first) }
    }
    'a proxy wants a password'  = { Use-Proxy "HTTP/1.1 407 Proxy Authentication Required`r`nProxy-Authenticate: Basic`r`nContent-Length: 0`r`n`r`n" }
    'a proxy refuses'           = { Use-Proxy "HTTP/1.1 403 Forbidden`r`nContent-Length: 0`r`n`r`n" }
    'a proxy says nothing'      = { Use-Proxy '' }
    'a proxy leads to another'  = {
        # One whose certificate nobody vouches for.
        $secure = Start-PIMEmulator -Tls
        Use-Proxy "HTTP/1.1 200 OK`r`n`r`n" -To ([uri] $secure.Graph).Port
        $secure.CertificateFile = $null
        Connect-PIM -Environment $secure -ClientId $application.ClientId -ClientSecret (Use-Secret $secrets.Good)
        $secure | Stop-PIMEmulator
    }
}
