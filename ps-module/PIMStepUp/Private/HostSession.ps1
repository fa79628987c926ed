# Sessions of Azure PowerShell and of the Microsoft Graph PowerShell SDK. They are read and asked for tokens, never changed.

# Our sessions that draw on theirs, by what identifies theirs.
$script:PimHostSessions = @{}

$script:PimHostProvider = @{
    Az             = @{ Get = 'Get-AzContext'; Token = 'Get-AzAccessToken'; Connect = 'Connect-AzAccount' }
    MicrosoftGraph = @{ Get = 'Get-MgContext'; Token = 'Invoke-MgGraphRequest'; Connect = 'Connect-MgGraph' }
}

function Get-PimHostCommand {
    # A command of a module that is loaded already: nobody's module is loaded on our behalf.
    param([string] $Name)

    Get-Command -Name $Name -CommandType Cmdlet, Function -ListImported -ErrorAction Ignore | Select-Object -First 1
}

function Get-PimHostContext {
    # Where that module is signed in; nothing where it is not loaded or not connected.
    param([string] $Provider)

    $command = Get-PimHostCommand $script:PimHostProvider[$Provider].Get
    if (-not $command -or -not (Get-PimHostCommand $script:PimHostProvider[$Provider].Token)) { return }
    try {
        $context = & $command -ErrorAction Ignore -WarningAction SilentlyContinue | Select-Object -First 1
    } catch {
        return
    }
    if ($Provider -eq 'Az' -and -not (Get-PimField $context 'Account')) { return }
    $context
}

function Get-PimHostConfiguration {
    # Account, tenant and cloud of the other module's session as a configuration of ours; nothing if there is none.
    param([string] $Provider)

    $context = Get-PimHostContext $Provider
    if ($null -eq $context) { return }
    $configuration = @{ credential = @{ kind = 'host'; provider = $Provider.Substring(0, 1).ToLowerInvariant() + $Provider.Substring(1) } }
    if ($Provider -eq 'Az') {
        $account = Get-PimField $context 'Account'
        $name = [string] (Get-PimField $account 'Id')
        $isUser = [string] (Get-PimField $account 'Type' 'User') -eq 'User'
        $tenant = [string] (Get-PimField (Get-PimField $context 'Tenant') 'Id')
        $cloud = ConvertTo-PimAzCloud (Get-PimField $context 'Environment')
    } else {
        $name = [string] (Get-PimField $context 'Account')
        $isUser = [string] (Get-PimField $context 'AuthType' 'Delegated') -ne 'AppOnly'
        $tenant = [string] (Get-PimField $context 'TenantId')
        $cloud = ConvertTo-PimGraphCloud ([string] (Get-PimField $context 'Environment'))
        $client = [guid]::Empty
        if ([guid]::TryParse([string] (Get-PimField $context 'ClientId'), [ref] $client)) { $configuration['graphClientId'] = "$client" }
    }
    if ($name -and $isUser) { $configuration['account'] = $name }
    if ($tenant) { $configuration['tenant'] = $tenant }
    if ($cloud) { $configuration['cloud'] = $cloud }
    # An application has no browser, and a script that runs alone has nobody before one.
    if (-not $isUser -or -not (Test-PimInteractive)) { $configuration['browser'] = @{ mode = 'never' } }
    $configuration
}

function ConvertTo-PimOrigin {
    param($Address)

    $uri = $null
    if ([uri]::TryCreate([string] $Address, [System.UriKind]::Absolute, [ref] $uri)) { $uri.GetLeftPart([System.UriPartial]::Authority) }
}

function ConvertTo-PimAzCloud {
    # The clouds that the core knows by Azure PowerShell's names, any other by its endpoints.
    param($Environment)

    $name = [string] (Get-PimField $Environment 'Name')
    if (-not $name -or $name -in 'AzureCloud', 'AzureUSGovernment', 'AzureChinaCloud') { return $name }
    $login = ConvertTo-PimOrigin (Get-PimField $Environment 'ActiveDirectoryAuthority')
    $arm = ConvertTo-PimOrigin (Get-PimField $Environment 'ResourceManagerUrl')
    $graph = ConvertTo-PimOrigin (Get-PimField (Get-PimField $Environment 'ExtendedProperties') 'MicrosoftGraphUrl')
    if (-not $graph) { $graph = $arm }
    @{ name = $name; login = $login; graph = $graph; arm = $arm }
}

function ConvertTo-PimGraphCloud {
    param([string] $Name)

    if (-not $Name -or $Name -in 'Global', 'USGov', 'USGovDoD', 'China') { return $Name }
    $command = Get-PimHostCommand 'Get-MgEnvironment'
    $environment = if ($command) { & $command -ErrorAction Ignore | Where-Object { $_.Name -eq $Name } | Select-Object -First 1 }
    $login = ConvertTo-PimOrigin (Get-PimField $environment 'AzureADEndpoint')
    $graph = ConvertTo-PimOrigin (Get-PimField $environment 'GraphEndpoint')
    # The SDK knows nothing of Azure. Where Azure PowerShell is in the same cloud it tells; else only Graph is within reach.
    $azure = ConvertTo-PimAzCloud (Get-PimField (Get-PimHostContext Az) 'Environment')
    $arm = if ($azure -is [hashtable] -and $azure.login -eq $login) { $azure.arm } else { $graph }
    @{ name = $Name; login = $login; graph = $graph; arm = $arm }
}

function Get-PimHostKey {
    param([hashtable] $Configuration)

    # Sorted, since a dictionary gives its keys in an order that differs from one to the next.
    $parts = foreach ($name in 'credential', 'account', 'tenant', 'graphClientId', 'cloud') {
        $value = $Configuration[$name]
        if ($value -is [hashtable]) { foreach ($key in @($value.Keys | Sort-Object)) { "$key=$($value[$key])" } } else { "$value" }
    }
    $parts -join '|'
}

function Get-PimHostSession {
    # Our session for the other module's session of this service, made at its first use.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Service)

    $provider = if ($Service -eq 'Arm') { 'Az' } else { 'MicrosoftGraph' }
    $configuration = Get-PimHostConfiguration $provider
    if (-not $configuration) { return }
    $key = Get-PimHostKey $configuration
    if (-not $script:PimHostSessions.ContainsKey($key)) {
        $session = New-PimSession -Cmdlet $Cmdlet -Configuration $configuration
        $script:PimSessions[$session] = $configuration
        $script:PimHostSessions[$key] = $session
    }
    $script:PimHostSessions[$key]
}

function Get-PimHostHint {
    # Who and where, for a sign-in of our own, from a session of the other service.
    param([string] $Service)

    $hint = @{}
    $configuration = Get-PimHostConfiguration $(if ($Service -eq 'Arm') { 'MicrosoftGraph' } else { 'Az' })
    if ($configuration) {
        foreach ($name in 'account', 'tenant', 'cloud') { if ($configuration.ContainsKey($name)) { $hint[$name] = $configuration[$name] } }
    }
    $hint
}

function Get-PimHostAnswer {
    # The JSON that answers a question of the core. No command is given the token: module logging writes parameters down.
    param($Question)

    $text = 'null'
    try {
        switch (Get-PimField $Question 'kind') {
            'token' { $text = if ($Question.provider -eq 'az') { Get-PimAzTokenJson $Question } else { Get-PimGraphTokenJson } }
            'sign' { $text = Get-PimSignatureJson $Question }
        }
    } catch {
        $text = '{{"error":{0}}}' -f (ConvertTo-Json -InputObject ([string] $_.Exception.Message) -Compress)
    }
    $text
}

function Get-PimAzTokenJson {
    param($Question)

    $command = Get-PimHostCommand 'Get-AzAccessToken'
    $arguments = @{ ResourceUrl = [string] $Question.resource; ErrorAction = 'Stop'; WarningAction = 'SilentlyContinue' }
    if ($command.Parameters.ContainsKey('AsSecureString')) { $arguments['AsSecureString'] = $true }
    # One account may be in many tenants; unasked, Azure PowerShell takes the one of its context.
    $tenant, $theirs = [string] $Question.tenant, (Get-PimField (Get-PimField (Get-PimHostContext Az) 'Tenant') 'Id')
    if ($tenant -and $tenant -notin 'organizations', 'common', $theirs) { $arguments['TenantId'] = $tenant }
    $token = & $command @arguments
    $secret = $token.Token
    if ($secret -is [System.Security.SecureString]) { $secret = [System.Net.NetworkCredential]::new('', $secret).Password }
    $expires = Get-PimField $token 'ExpiresOn'
    if ($expires -is [System.DateTimeOffset]) { $expires = $expires.UtcDateTime }
    if (-not [regex]::IsMatch($secret, '^[\x21\x23-\x5b\x5d-\x7e]+$')) { return '{"error":"its token has characters that no token has"}' }
    $json = '{"accessToken":"' + $secret + '"'
    if ($expires -is [datetime]) {
        $json += ',"expiresOn":"' + $expires.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture) + '"'
    }
    $json + '}'
}

function Get-PimGraphTokenJson {
    # The SDK gives no token away, but it shows the request that it sent.
    $command = Get-PimHostCommand 'Invoke-MgGraphRequest'
    $arguments = @{ Method = 'GET'; Uri = 'v1.0/me?$select=id'; OutputType = 'HttpResponseMessage'; ErrorAction = 'Stop' }
    # Who may not read this still has a token.
    if ($command.Parameters.ContainsKey('SkipHttpErrorCheck')) { $arguments['SkipHttpErrorCheck'] = $true }
    $response = & $command @arguments
    $secret = [string] $response.RequestMessage.Headers.Authorization.Parameter
    if (-not [regex]::IsMatch($secret, '^[\x21\x23-\x5b\x5d-\x7e]+$')) { return '{"error":"the SDK sent a request without a token"}' }
    '{"accessToken":"' + $secret + '"}'
}

function Test-PimUpdateGraphSession {
    # By the switch, or by the preference of scripts that relied on AzurePIMStuff's doing so.
    param([hashtable] $Bound)

    if ($Bound.ContainsKey('UpdateGraphSession')) { return [bool] $Bound['UpdateGraphSession'] }
    $preference = Get-Variable -Name PIMUpdateGraphSession -Scope Global -ErrorAction Ignore
    $null -ne $preference -and [bool] $preference.Value
}

function Update-PimGraphSession {
    # Hands the strong token, if there is one, to the Graph SDK, whose connection it becomes.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session)

    $shown = Invoke-PimCore -Cmdlet $Cmdlet -Session $Session -Operation 'session.show'
    $strong = foreach ($token in (Get-PimField $shown 'tokens')) {
        foreach ($context in (Get-PimField $token 'authenticationContexts')) { if ($token.resource -eq 'graph') { $context } }
    }
    if (-not $strong) { return }
    $command = Get-PimHostCommand 'Connect-MgGraph'
    if (-not $command) {
        Write-Warning 'The stronger token could not be handed to the Microsoft Graph PowerShell SDK: Connect-MgGraph is not loaded.'
        return
    }
    $token = (Get-PimToken -Cmdlet $Cmdlet -Session $Session -Request @{ resource = 'graph' }).accessToken
    # Version 1 of the SDK takes plain text.
    if ($command.Parameters['AccessToken'].ParameterType -eq [string]) { $token = [System.Net.NetworkCredential]::new('', $token).Password }
    $null = & $command -AccessToken $token -NoWelcome -ErrorAction Stop
    # Their session has a new face now; ours, with its refresh token, stays the one for it.
    $configuration = Get-PimHostConfiguration MicrosoftGraph
    if ($configuration) { $script:PimHostSessions[(Get-PimHostKey $configuration)] = $Session }
}
