function Connect-PIM {
    <#
    .SYNOPSIS
    Signs in, and makes the session the default of the other commands.

    .DESCRIPTION
    Opens the sign-in page of Microsoft Entra ID in a browser and waits until the user has finished there. Tokens stay in the
    memory of this process. Commands that find no session start one by themselves where a user can answer, so Connect-PIM
    is for scripts, for a certain tenant or account, and for other clouds. An earlier session stays open, so that its context can
    still be used: a script that connects again and again ends each with Disconnect-PIM.

    .PARAMETER Environment
    The cloud: Global, USGovL4, USGovL5DoD or China, or the object that Start-PIMEmulator returned. A cloud of one's own is a hashtable with
    Login, Graph and Arm, each an https address, and Name, TenantId and CertificateFile (roots to trust) where they are wanted. Without it, the
    cloud that the environment variable AZURE_CLOUD or AZURE_AUTHORITY_HOST names, else Global.

    .PARAMETER TenantId
    Tenant id or verified domain. Without it, the global variable $_tenantId if it is set, else the tenant of the account
    that signs in.

    .PARAMETER Account
    User principal name that must sign in. It is filled in on the page; another account is refused.

    .PARAMETER FromSession
    Draws on the session that a module has already: Az for Connect-AzAccount, MicrosoftGraph for Connect-MgGraph. Account, tenant and
    cloud are taken from it (beside Az, TenantId may name another tenant of the account; Environment counts for nothing), and tokens
    asked for; it stays as it is. What its tokens are too weak for is signed in on a page.
    Without Connect-PIM the other commands do this by themselves, each with the session of its service.

    .PARAMETER UseDeviceCode
    Shows a code to be typed on a page, in a browser on any device. For computers without a browser: Conditional Access often blocks
    it, and it proves nothing of this device.

    .PARAMETER AccessToken
    Tokens that you have, one for each API. They are used until they end; none is renewed or stepped up.

    .PARAMETER ClientId
    Application id of the application that signs in by itself. Where a user signs in, of one public client for everything, in place of
    GraphClientId and ArmClientId.

    .PARAMETER ClientSecret
    The application's secret.

    .PARAMETER ClientSecretCredential
    Application id as the user name, secret as the password.

    .PARAMETER CertificatePath
    The application's certificate with its key: a PEM file, or a PFX file.

    .PARAMETER CertificatePassword
    Password of the PFX file, or of the encrypted key in the PEM file (PowerShell 7).

    .PARAMETER CertificateThumbprint
    Thumbprint of a certificate in the store of this user or this computer. Its key need not be exportable.

    .PARAMETER Certificate
    The certificate with its key.

    .PARAMETER WorkloadIdentity
    Signs in as an application that another identity provider vouches for: Kubernetes, GitHub Actions or Azure DevOps, as the
    environment tells.

    .PARAMETER FederatedTokenFile
    File with the other provider's token. Default: AZURE_FEDERATED_TOKEN_FILE.

    .PARAMETER ServiceConnectionId
    Id of the service connection of an Azure DevOps pipeline.

    .PARAMETER ManagedIdentity
    Signs in as the Azure resource on which this runs.

    .PARAMETER IdentityId
    Application (client) id or Azure resource id of a user-assigned identity. Without it, the resource's own identity.

    .PARAMETER IdentityObjectId
    Object (principal) id of a user-assigned identity, in place of IdentityId: both are GUIDs, and only you know which one you have.

    .PARAMETER UseAzureCli
    Takes tokens from the Azure CLI (az login).

    .PARAMETER UseAzureDeveloperCli
    Takes tokens from the Azure Developer CLI (azd auth login).

    .PARAMETER Persist
    Keeps the sign-in for other shells and later ones, in a file of the user that is encrypted with a key in the system's credential
    store. A sign-in that is stored is used without a page. Where the system has no store, the sign-in stays in memory, and a warning
    says so. The global variable $PIMPersist with a true value does the same. Disconnect-PIM and Clear-PIMCache remove what is stored.
    Only what a user does on a page or with a device code is stored: other ways to sign in need nobody, and begin anew each time.

    .PARAMETER Resource
    What to sign in for at once: Graph, Arm or both. Tokens for anything else are acquired when they are needed.

    .PARAMETER Claims
    A claims request that the sign-in must satisfy: JSON, its base64, or any text that carries a claims challenge.

    .PARAMETER GraphClientId
    Application id of the public client for Microsoft Graph. Default: Microsoft Graph Command Line Tools.

    .PARAMETER ArmClientId
    Application id of the public client for Azure Resource Manager and every other resource. Default: Azure PowerShell.

    .PARAMETER BrowserCommand
    A program and its arguments that open the sign-in page; the address is added as the last argument. No shell is involved.

    .PARAMETER NoBrowser
    Opens no browser. The address is shown, and the user opens it on any computer. If the last page cannot be reached there, its
    address is copied from the browser's address bar and pasted here; it is not shown, for it holds a secret. Without this switch the
    same happens where no browser can be opened: over SSH, in containers, and in WSL without one.

    .PARAMETER SignInTimeout
    How long the user has for the page, or for the device code. Default: five minutes. As with the other time limits, 00:00:30 is thirty
    seconds; a limit is between a second and a day, and its end has an error of its own.

    .PARAMETER ConnectTimeout
    How long a connection to a service may take to come to stand, through a proxy too. Default: fifteen seconds.

    .PARAMETER RequestTimeout
    How long a service may take to answer one request in full. Default: a hundred seconds.

    .PARAMETER ThrottleTimeout
    How long one command waits in all where services ask for fewer requests. Default: five minutes. 00:00:00 waits for none.

    .PARAMETER IdentityTimeout
    How long the endpoint of this machine's managed identity may take to answer. Default: thirty seconds.

    .PARAMETER ProgramTimeout
    How long the Azure CLI or the Azure Developer CLI may take to give a token. Default: one minute.

    .PARAMETER ThrottleLimit
    Requests that may be under way at once, 1 to 64. Default: 8.

    .OUTPUTS
    PIMStepUp.Context

    .EXAMPLE
    PS> Connect-PIM

    Signs in with the system's browser.

    .EXAMPLE
    PS> $emulator = Start-PIMEmulator
    PS> Connect-PIM -Environment $emulator -Account adele@contoso.example -BrowserCommand $emulator.BrowserCommand

    Signs in at the emulator; its scripted browser takes the place of the user.

    .EXAMPLE
    PS> $emulator = Start-PIMEmulator
    PS> Connect-PIM -Environment $emulator -ClientSecretCredential (Get-Credential)

    Signs in as an application, to list and to administer. An application cannot activate roles for itself.

    .LINK
    about_PIMStepUp
    #>
    [CmdletBinding(DefaultParameterSetName = 'Browser')]
    [OutputType('PIMStepUp.Context')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true)] [Alias('Cloud')] [ValidateNotNullOrEmpty()]
        [ArgumentCompleter({
                param($commandName, $parameterName, $wordToComplete)
                @('Global', 'USGovL4', 'USGovL5DoD', 'China') -like "$wordToComplete*"
            })]
        [object] $Environment,
        [Parameter(Position = 1)] [Alias('Tenant')] [ValidateNotNullOrEmpty()] [string] $TenantId,
        [Alias('UserPrincipalName')] [ValidateNotNullOrEmpty()] [string] $Account,
        [Parameter(ParameterSetName = 'Browser')] [Parameter(ParameterSetName = 'Command')] [Parameter(ParameterSetName = 'Show')]
        [ValidateSet('Az', 'MicrosoftGraph')] [string] $FromSession,
        [Parameter(ParameterSetName = 'DeviceCode', Mandatory = $true)] [Alias('UseDeviceAuthentication', 'DeviceCode')] [switch] $UseDeviceCode,
        [Parameter(ParameterSetName = 'AccessToken', Mandatory = $true)] [securestring[]] $AccessToken,
        [Parameter(ParameterSetName = 'ClientSecret', Mandatory = $true)]
        [Parameter(ParameterSetName = 'CertificateFile', Mandatory = $true)]
        [Parameter(ParameterSetName = 'CertificateThumbprint', Mandatory = $true)]
        [Parameter(ParameterSetName = 'Certificate', Mandatory = $true)]
        [Parameter(ParameterSetName = 'WorkloadIdentity')] [Parameter(ParameterSetName = 'DeviceCode')]
        [Parameter(ParameterSetName = 'Browser')] [Parameter(ParameterSetName = 'Command')] [Parameter(ParameterSetName = 'Show')]
        [Alias('ApplicationId')] [guid] $ClientId,
        [Parameter(ParameterSetName = 'ClientSecret', Mandatory = $true)] [securestring] $ClientSecret,
        [Parameter(ParameterSetName = 'ClientSecretCredential', Mandatory = $true)] [pscredential] $ClientSecretCredential,
        [Parameter(ParameterSetName = 'CertificateFile', Mandatory = $true)] [ValidateNotNullOrEmpty()] [string] $CertificatePath,
        [Parameter(ParameterSetName = 'CertificateFile')] [securestring] $CertificatePassword,
        [Parameter(ParameterSetName = 'CertificateThumbprint', Mandatory = $true)] [ValidateNotNullOrEmpty()] [string] $CertificateThumbprint,
        [Parameter(ParameterSetName = 'Certificate', Mandatory = $true)] [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,
        [Parameter(ParameterSetName = 'WorkloadIdentity', Mandatory = $true)] [switch] $WorkloadIdentity,
        [Parameter(ParameterSetName = 'WorkloadIdentity')] [ValidateNotNullOrEmpty()] [string] $FederatedTokenFile,
        [Parameter(ParameterSetName = 'WorkloadIdentity')] [ValidateNotNullOrEmpty()] [string] $ServiceConnectionId,
        [Parameter(ParameterSetName = 'ManagedIdentity', Mandatory = $true)] [Alias('Identity')] [switch] $ManagedIdentity,
        [Parameter(ParameterSetName = 'ManagedIdentity')] [ValidateNotNullOrEmpty()] [string] $IdentityId,
        [Parameter(ParameterSetName = 'ManagedIdentity')] [Alias('IdentityPrincipalId')] [guid] $IdentityObjectId,
        [Parameter(ParameterSetName = 'AzureCli', Mandatory = $true)] [switch] $UseAzureCli,
        [Parameter(ParameterSetName = 'AzureDeveloperCli', Mandatory = $true)] [switch] $UseAzureDeveloperCli,
        [switch] $Persist,
        [ValidateSet('Graph', 'Arm')] [string[]] $Resource = 'Graph',
        [ValidateNotNullOrEmpty()] [string] $Claims,
        [guid] $GraphClientId,
        [guid] $ArmClientId,
        [Parameter(ParameterSetName = 'Command', Mandatory = $true)] [string[]] $BrowserCommand,
        [Parameter(ParameterSetName = 'Show', Mandatory = $true)] [switch] $NoBrowser,
        [timespan] $SignInTimeout,
        [timespan] $ConnectTimeout,
        [timespan] $RequestTimeout,
        [timespan] $ThrottleTimeout,
        [Parameter(ParameterSetName = 'ManagedIdentity')] [timespan] $IdentityTimeout,
        [Parameter(ParameterSetName = 'AzureCli')] [Parameter(ParameterSetName = 'AzureDeveloperCli')] [timespan] $ProgramTimeout,
        [ValidateRange(1, 64)] [int] $ThrottleLimit
    )

    process {
        $configuration = Get-PimCloudConfiguration -Cmdlet $PSCmdlet -Environment $Environment
        $globalTenant = Get-PimGlobalTenant
        if ($globalTenant -and -not $configuration.ContainsKey('tenant')) { $configuration['tenant'] = $globalTenant }
        if ($FromSession) {
            $theirs = Get-PimHostConfiguration $FromSession
            if (-not $theirs) {
                $connect = $script:PimHostProvider[$FromSession].Connect
                $PSCmdlet.ThrowTerminatingError((New-PimErrorRecord @{
                            code = 'SignInRequired'; category = 'AuthenticationError'; message = "there is no session of $connect to draw on"
                            hint = "sign in with ``$connect`` first, or leave out -FromSession"; target = $FromSession
                        }))
            }
            foreach ($name in $theirs.Keys) { $configuration[$name] = $theirs[$name] }
            if (-not $PSBoundParameters.ContainsKey('Resource') -and $FromSession -eq 'Az') { $Resource = 'Arm' }
        }
        $chosen = Get-PimCredentialConfiguration -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        foreach ($name in $chosen.Keys) { $configuration[$name] = $chosen[$name] }
        if ($TenantId) { $configuration['tenant'] = $TenantId }
        if ($Account) { $configuration['account'] = $Account }
        if ($PSBoundParameters.ContainsKey('GraphClientId')) { $configuration['graphClientId'] = "$GraphClientId" }
        if ($PSBoundParameters.ContainsKey('ArmClientId')) { $configuration['armClientId'] = "$ArmClientId" }
        if ($BrowserCommand) { $configuration['browser'] = @{ mode = 'command'; command = $BrowserCommand } }
        if ($NoBrowser) { $configuration['browser'] = @{ mode = 'show' } }
        $configuration['timeouts'] = Get-PimTimeoutConfiguration -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        $cache = Get-PimCacheConfiguration $PSBoundParameters
        if ($cache) { $configuration['cache'] = $cache }
        if ($ThrottleLimit) { $configuration['concurrency'] = $ThrottleLimit }

        $request = @{ resources = [string[]] @(foreach ($name in $Resource) { $name.ToLowerInvariant() }) }
        if ($Claims) { $request['claims'] = $Claims }

        $session = New-PimSession -Cmdlet $PSCmdlet -Configuration $configuration
        $kept = $false
        try {
            $value = Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'session.connect' -Request $request
            $kept = $true
        } finally {
            if (-not $kept) { $null = $script:PimNative::pim_session_free($session) }
        }
        $script:PimSessions[$session] = $configuration
        $script:PimDefaultSession = $session
        ConvertTo-PimContext -Value $value -Session $session
    }
}
