# Handles of this runspace: the session that commands use by default, all that are open, and one that never signs in.
$script:PimDefaultSession = $null
# The default one, as long as a command made it by itself and nobody has signed in.
$script:PimUnsignedSession = $null
$script:PimSessions = @{}
$script:PimOfflineSession = $null
# Names of eligible roles as last listed, by session, for completion.
$script:PimKnownRoles = @{}
$script:PimEmulators = @{}
$script:PimCleanupIsSet = $false

function Register-PimCleanup {
    # At the first thing that needs it, not at import: a module that was only loaded has nothing to clean up.
    if ($script:PimCleanupIsSet) { return }
    $script:PimCleanupIsSet = $true
    $ExecutionContext.SessionState.Module.OnRemove = {
        foreach ($session in @($script:PimSessions.Keys)) { $null = $script:PimNative::pim_session_free($session) }
        if ($script:PimOfflineSession) { $null = $script:PimNative::pim_session_free($script:PimOfflineSession) }
        foreach ($id in @($script:PimEmulators.Keys)) { Close-PimEmulator -Id $id }
    }
}

function New-PimSession {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Configuration)

    $native = Get-PimNative -Cmdlet $Cmdlet
    Register-PimCleanup
    $Configuration['hostName'] = 'PIMStepUp/{0} PowerShell/{1}' -f $ExecutionContext.SessionState.Module.Version, $PSVersionTable.PSVersion
    $whole = $Configuration.Clone()
    # As it is now, and only for the library: it is not kept.
    if (-not $whole.ContainsKey('environment')) { $whole['environment'] = Get-PimPlatformEnvironment }
    $bytes = ConvertTo-PimConfigurationBytes $whole
    $handle = [uint64] 0
    $status = $native::pim_session_new($bytes, $bytes.Length, [ref] $handle)
    [System.Array]::Clear($bytes, 0, $bytes.Length)
    if ($status -ne 0) { $Cmdlet.ThrowTerminatingError((New-PimErrorRecord (Get-PimStatusError $status))) }
    $handle
}

function Get-PimContextSession {
    # The handle in a context.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Context)

    $session = [uint64] 0
    if ($Context -isnot [System.Collections.IList] -and [uint64]::TryParse([string] (Get-PimField $Context 'SessionId'), [ref] $session)) { return $session }
    $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Target 'Context' -Failure @{
                code = 'InvalidRequest'; category = 'InvalidArgument'; message = '-Context is not one context'
                hint = 'give an object that Connect-PIM or Get-PIMContext returned; call the command once for each of several'
            }))
}

function Get-PimSession {
    # The handle for a command: of the given context, else the default one, else one that draws on a session of the Graph SDK or Azure
    # PowerShell, else (where a user can answer) a new one.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Context, [string] $Service = 'Graph', [switch] $Offline)

    if ($null -ne $Context) { return Get-PimContextSession -Cmdlet $Cmdlet -Context $Context }
    if (-not $Offline) { Remove-PimUnsignedSession -Cmdlet $Cmdlet }
    if ($script:PimDefaultSession) { return $script:PimDefaultSession }
    if ($Offline) {
        if (-not $script:PimOfflineSession) {
            $script:PimOfflineSession = New-PimSession -Cmdlet $Cmdlet -Configuration @{ cloud = 'Global'; browser = @{ mode = 'never' }; environment = @{} }
        }
        return $script:PimOfflineSession
    }
    $theirs = Get-PimHostSession -Cmdlet $Cmdlet -Service $Service
    if ($theirs) { return $theirs }
    if (-not (Test-PimInteractive)) {
        $name = $Cmdlet.MyInvocation.MyCommand.Name
        $connect = if ($Service -eq 'Arm') { 'Connect-AzAccount' } else { 'Connect-MgGraph' }
        $scopes = if ($name -eq 'Invoke-PIMDirectoryRoleActivation') { ' -Scopes RoleAssignmentSchedule.ReadWrite.Directory' }
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord @{
                    code = 'SignInRequired'; category = 'AuthenticationError'
                    message = "${name}: Authentication needed. Please call $connect$scopes."
                    hint = "sign in with ``Connect-PIM`` or with ``$connect`` before the first command; nobody can be asked here"
                }))
    }
    $configuration = Get-PimHostHint -Service $Service
    $tenant = Get-PimGlobalTenant
    if ($tenant) { $configuration['tenant'] = $tenant }
    $cache = Get-PimCacheConfiguration @{}
    if ($cache) { $configuration['cache'] = $cache }
    $script:PimDefaultSession = New-PimSession -Cmdlet $Cmdlet -Configuration $configuration
    $script:PimUnsignedSession = $script:PimDefaultSession
    $script:PimSessions[$script:PimDefaultSession] = $configuration
    $script:PimDefaultSession
}

function Remove-PimUnsignedSession {
    # Whoever has put something right since (the tenant, the proxy, Connect-MgGraph) is not held to a sign-in that came to nothing.
    param([System.Management.Automation.PSCmdlet] $Cmdlet)

    $session = $script:PimUnsignedSession
    if (-not $session) { return }
    $script:PimUnsignedSession = $null
    if ($script:PimDefaultSession -ne $session) { return }
    $shown = Invoke-PimCore -Cmdlet $Cmdlet -Session $session -Operation 'session.show' -OnFailure { }
    if (-not (Get-PimField $shown 'connected' $false)) { Close-PimSession -Session $session }
}

function Close-PimSession {
    param([uint64] $Session)

    $null = $script:PimNative::pim_session_free($Session)
    $script:PimSessions.Remove($Session)
    foreach ($key in @($script:PimHostSessions.Keys)) { if ($script:PimHostSessions[$key] -eq $Session) { $script:PimHostSessions.Remove($key) } }
    $script:PimKnownRoles.Remove($Session)
    if ($script:PimDefaultSession -eq $Session) { $script:PimDefaultSession = $null }
}

function Get-PimGlobalTenant {
    # A convention of scripts written for AzurePIMStuff.
    $variable = Get-Variable -Name _tenantId -Scope Global -ErrorAction Ignore
    if ($variable) { [string] $variable.Value }
}

function Test-PimInteractive {
    if (-not [System.Environment]::UserInteractive -or $Host.Name -eq 'ServerRemoteHost') { return $false }
    foreach ($argument in [System.Environment]::GetCommandLineArgs()) { if ($argument -match '^[-/]noni') { return $false } }
    # Editors bring their own prompt, with the process's input redirected.
    if ($Host.Name -match 'ISE Host|Visual Studio Code Host') { return $true }
    -not [System.Console]::IsInputRedirected
}

function ConvertTo-PimContext {
    param($Value, [uint64] $Session)

    $account = Get-PimField $Value 'account'
    [pscustomobject] @{
        PSTypeName  = 'PIMStepUp.Context'
        Account     = Get-PimField $account 'username'
        DisplayName = Get-PimField $account 'displayName'
        ObjectId    = Get-PimField $account 'objectId'
        TenantId    = Get-PimField $account 'tenantId' (Get-PimField $Value 'tenant')
        Environment = Get-PimField $Value 'cloud'
        IsConnected = [bool] (Get-PimField $Value 'connected' $false)
        Tokens      = @(foreach ($token in (Get-PimField $Value 'tokens')) {
                [pscustomobject] @{
                    PSTypeName             = 'PIMStepUp.TokenSummary'
                    Resource               = Get-PimField $token 'resource'
                    AuthenticationContexts = [string[]] @((Get-PimField $token 'authenticationContexts' @()))
                    ExpiresOn              = ConvertTo-PimTime (Get-PimField $token 'expiresOn')
                    Scopes                 = [string[]] @((Get-PimField $token 'scopes' @()))
                    ClientId               = Get-PimField $token 'clientId'
                    IsRefreshable          = [bool] (Get-PimField $token 'refreshable' $false)
                }
            })
        SessionId   = $Session
    }
}

function Get-PimTenantSession {
    # The given session if it is one of that tenant, else a new one with the same settings.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session, [string] $TenantId)

    if (-not $TenantId) { return $Session }
    $shown = Invoke-PimCore -Cmdlet $Cmdlet -Session $Session -Operation 'session.show'
    $tenants = @((Get-PimField $shown 'tenant'), (Get-PimField (Get-PimField $shown 'account') 'tenantId'))
    if ($tenants -contains $TenantId) { return $Session }
    $configuration = @{}
    if ($script:PimSessions.ContainsKey($Session)) { $configuration = $script:PimSessions[$Session].Clone() }
    $configuration['tenant'] = $TenantId
    New-PimSession -Cmdlet $Cmdlet -Configuration $configuration
}
