# What Connect-PIM is to sign in with, in the words of the library. Secrets stay SecureStrings until the configuration is written.

# Certificates of which the library asks for signatures, by thumbprint.
$script:PimCertificates = @{}

# By these, platforms tell a program what it is, and users which way the network is. .NET keeps an environment of its own outside of Windows,
# so they are handed on. Of a name in both cases of letters the last one counts.
$script:PimPlatformVariables = @(
    'all_proxy', 'https_proxy', 'no_proxy', 'ALL_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'SSL_CERT_FILE'
    'BROWSER', 'DISPLAY', 'WAYLAND_DISPLAY', 'SSH_CLIENT', 'SSH_CONNECTION', 'SSH_TTY', 'WSL_DISTRO_NAME', 'WSL_INTEROP'
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL', 'AZURESUBSCRIPTION_CLIENT_ID', 'AZURESUBSCRIPTION_SERVICE_CONNECTION_ID'
    'AZURESUBSCRIPTION_TENANT_ID', 'AZURE_AUTHORITY_HOST', 'AZURE_CLIENT_ID', 'AZURE_CLOUD', 'AZURE_FEDERATED_TOKEN_FILE', 'AZURE_POD_IDENTITY_AUTHORITY_HOST'
    'AZURE_TENANT_ID', 'IDENTITY_ENDPOINT', 'IDENTITY_HEADER', 'IDENTITY_SERVER_THUMBPRINT', 'IMDS_ENDPOINT', 'MSI_ENDPOINT', 'PATH', 'PATHEXT'
    'SYSTEM_ACCESSTOKEN', 'SYSTEM_OIDCREQUESTURI', 'ProgramData', 'SystemRoot'
)

# The parameter sets of Connect-PIM that a switch alone chooses.
$script:PimCredentialSwitches = @{
    DeviceCode = 'UseDeviceCode'; WorkloadIdentity = 'WorkloadIdentity'; ManagedIdentity = 'ManagedIdentity'
    AzureCli = 'UseAzureCli'; AzureDeveloperCli = 'UseAzureDeveloperCli'
}

function Get-PimCredentialConfiguration {
    # The fields that the chosen way to sign in adds to a configuration.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Bound)

    $fields = @{}
    if ($Bound.ContainsKey('ClientId')) { $fields['clientId'] = "$($Bound['ClientId'])" }
    # A switch that was given as $false, as splatting does, chooses nothing.
    $switch = $script:PimCredentialSwitches[$Cmdlet.ParameterSetName]
    if ($switch -and -not $Bound[$switch]) { return $fields }
    $credential = switch ($Cmdlet.ParameterSetName) {
        'DeviceCode' { @{ kind = 'deviceCode' } }
        'AccessToken' { @{ kind = 'accessToken'; tokens = $Bound['AccessToken'] } }
        'ClientSecret' { @{ kind = 'clientSecret'; secret = $Bound['ClientSecret'] } }
        'ClientSecretCredential' {
            $fields['clientId'] = $Bound['ClientSecretCredential'].UserName
            @{ kind = 'clientSecret'; secret = $Bound['ClientSecretCredential'].Password }
        }
        'CertificateFile' { Get-PimCertificateCredential -Cmdlet $Cmdlet -Path $Bound['CertificatePath'] -Password $Bound['CertificatePassword'] }
        'CertificateThumbprint' { Get-PimHostCertificate -Cmdlet $Cmdlet -Certificate (Find-PimCertificate -Cmdlet $Cmdlet -Thumbprint $Bound['CertificateThumbprint']) }
        'Certificate' { Get-PimHostCertificate -Cmdlet $Cmdlet -Certificate $Bound['Certificate'] }
        'WorkloadIdentity' {
            $federated = @{ kind = 'workloadIdentity' }
            if ($Bound['FederatedTokenFile'] -and $Bound['ServiceConnectionId']) {
                $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Target 'ServiceConnectionId' -Failure @{
                            code = 'InvalidConfiguration'; category = 'InvalidArgument'; message = 'a token file and a service connection are named, and only one of them can vouch for the application'
                            hint = 'give -FederatedTokenFile where a file holds the token, or -ServiceConnectionId in a pipeline of Azure DevOps'
                        }))
            }
            if ($Bound['FederatedTokenFile']) {
                $federated['source'] = 'file'
                $federated['tokenFile'] = Resolve-PimFile -Cmdlet $Cmdlet -Path $Bound['FederatedTokenFile']
            }
            if ($Bound['ServiceConnectionId']) {
                # Also where the agent itself has a token file, as in Kubernetes.
                $federated['source'] = 'azureDevOps'
                $federated['serviceConnectionId'] = $Bound['ServiceConnectionId']
            }
            $federated
        }
        'ManagedIdentity' {
            $identity = @{ kind = 'managedIdentity' }
            $id = [string] $Bound['IdentityId']
            if ($id) { $identity[$(if ($id.StartsWith('/')) { 'resourceId' } else { 'clientId' })] = $id }
            if ($Bound.ContainsKey('IdentityObjectId')) { $identity['objectId'] = "$($Bound['IdentityObjectId'])" }
            $identity
        }
        'AzureCli' { @{ kind = 'azureCli' } }
        'AzureDeveloperCli' { @{ kind = 'azureDeveloperCli' } }
    }
    if ($credential) { $fields['credential'] = $credential }
    $fields
}

function Get-PimPlatformEnvironment {
    # Some of the values are secrets, and none of them needs to be shown.
    $environment = @{}
    foreach ($variable in $script:PimPlatformVariables) {
        $value = [System.Environment]::GetEnvironmentVariable($variable)
        if (-not $value) { continue }
        $environment[$variable] = [System.Net.NetworkCredential]::new('', $value).SecurePassword
    }
    $environment
}

function Get-PimCertificateCredential {
    # PEM is read by the library; what is encrypted (PFX, and PEM with a password) by .NET, which then signs.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Path, [securestring] $Password)

    $file = Resolve-PimFile -Cmdlet $Cmdlet -Path $Path
    try {
        $text = [System.IO.File]::ReadAllText($file)
        if (-not $text.Contains('-----BEGIN ')) {
            # On macOS every key has to be in a key chain.
            $flags = if ($PSVersionTable['OS'] -like 'Darwin*') { 'DefaultKeySet' } else { 'EphemeralKeySet' }
            $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($file, $Password, $flags)
        } elseif ($text.Contains('-----BEGIN ENCRYPTED PRIVATE KEY-----')) {
            if (-not $Password) { throw 'its key is encrypted, and no password is given' }
            # Windows PowerShell's .NET reads no PEM.
            if ($PSVersionTable.PSVersion.Major -lt 7) { throw 'its key is encrypted, and that needs PowerShell 7' }
            $secret = [System.Net.NetworkCredential]::new('', $Password).Password
            $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromEncryptedPem($text, $text, $secret)
        } else {
            return @{ kind = 'clientCertificate'; file = $file }
        }
    } catch {
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Target $file -Failure @{
                    code = 'InvalidConfiguration'; category = 'InvalidArgument'; message = "the certificate ``$file`` cannot be read: $($_.Exception.GetBaseException().Message)"
                    hint = 'give a PEM file with certificate and RSA key, or a PFX file; -CertificatePassword where it is encrypted'
                }))
    }
    Get-PimHostCertificate -Cmdlet $Cmdlet -Certificate $certificate
}

function Find-PimCertificate {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Thumbprint)

    $wanted = ($Thumbprint -replace '[^0-9A-Fa-f]').ToUpperInvariant()
    foreach ($location in 'CurrentUser', 'LocalMachine') {
        try {
            $store = [System.Security.Cryptography.X509Certificates.X509Store]::new('My', $location)
            $store.Open('ReadOnly')
        } catch {
            # Systems that have no store of this kind.
            continue
        }
        $found = $store.Certificates | Where-Object { $_.Thumbprint -eq $wanted } | Select-Object -First 1
        $store.Close()
        if ($found) { return $found }
    }
    $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Target $Thumbprint -Failure @{
                code = 'InvalidConfiguration'; category = 'ObjectNotFound'; message = "no certificate in the stores of this user and this computer has the thumbprint ``$Thumbprint``"
                hint = 'look for it in Cert:\CurrentUser\My and Cert:\LocalMachine\My, or give -CertificatePath'
            }))
}

function Get-PimHostCertificate {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate)

    if (-not $Certificate.HasPrivateKey) {
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Target $Certificate.Thumbprint -Failure @{
                    code = 'InvalidConfiguration'; category = 'InvalidArgument'; message = "the certificate ``$($Certificate.Subject)`` has no private key here"
                    hint = 'import it together with its key, or give the PFX file'
                }))
    }
    if (-not [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPublicKey($Certificate)) {
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Target $Certificate.Thumbprint -Failure @{
                    code = 'InvalidConfiguration'; category = 'InvalidArgument'; message = "the key of the certificate ``$($Certificate.Subject)`` is no RSA key"
                    hint = 'Microsoft Entra ID takes RSA keys: make a certificate with one, and register it for the application'
                }))
    }
    $script:PimCertificates[$Certificate.Thumbprint] = $Certificate
    @{ kind = 'hostCertificate'; certificate = [System.Convert]::ToBase64String($Certificate.RawData) }
}

function Get-PimSignatureJson {
    param($Question)

    $certificate = $script:PimCertificates[[string] $Question.thumbprint]
    if (-not $certificate -or $Question.algorithm -ne 'PS256') { return 'null' }
    $key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($certificate)
    if (-not $key) { return '{"error":"its key is no RSA key"}' }
    $signature = $key.SignData([System.Convert]::FromBase64String($Question.input), [System.Security.Cryptography.HashAlgorithmName]::SHA256, [System.Security.Cryptography.RSASignaturePadding]::Pss)
    '{"signature":"' + [System.Convert]::ToBase64String($signature) + '"}'
}

function ConvertTo-PimConfigurationBytes {
    # JSON in UTF-8. Secrets are put in by methods when all commands have done their work: module logging writes down what commands get.
    # They are never a string, which could not be wiped.
    param([System.Collections.IDictionary] $Configuration)

    $secrets = [System.Collections.Generic.List[securestring]]::new()
    $mark = [guid]::NewGuid().ToString('N')
    $parts = (ConvertTo-Json -InputObject (Hide-PimSecret -Value $Configuration -Secrets $secrets -Mark $mark) -Depth 10 -Compress) -split "secret-$mark-[0-9]+-"
    # Room for all of it: a stream that grows leaves its smaller buffer behind.
    $room = 0
    foreach ($part in $parts) { $room += 3 * $part.Length }
    foreach ($secret in $secrets) { $room += 6 * $secret.Length }
    $stream = [System.IO.MemoryStream]::new($room)
    for ($index = 0; $index -lt $parts.Count; $index++) {
        $bytes = [System.Text.Encoding]::UTF8.GetBytes($parts[$index])
        $stream.Write($bytes, 0, $bytes.Length)
        if ($index -eq $secrets.Count) { break }
        $characters = [char[]]::new($secrets[$index].Length)
        $copy = [System.Runtime.InteropServices.Marshal]::SecureStringToGlobalAllocUnicode($secrets[$index])
        [System.Runtime.InteropServices.Marshal]::Copy($copy, $characters, 0, $characters.Length)
        [System.Runtime.InteropServices.Marshal]::ZeroFreeGlobalAllocUnicode($copy)
        $bytes = [System.Text.Encoding]::UTF8.GetBytes($characters)
        [System.Array]::Clear($characters, 0, $characters.Length)
        foreach ($byte in $bytes) {
            # RFC 8259 section 7.
            if ($byte -eq 0x22 -or $byte -eq 0x5c) {
                $stream.WriteByte(0x5c)
            } elseif ($byte -lt 0x20) {
                $escape = [System.Text.Encoding]::ASCII.GetBytes('\u{0:x3}' -f ($byte -shr 4))
                $stream.Write($escape, 0, $escape.Length)
                $byte = [System.Text.Encoding]::ASCII.GetBytes('{0:x}' -f ($byte -band 0xf))[0]
            }
            $stream.WriteByte($byte)
        }
        [System.Array]::Clear($bytes, 0, $bytes.Length)
    }
    $whole = $stream.ToArray()
    [System.Array]::Clear($stream.GetBuffer(), 0, $stream.GetBuffer().Length)
    , $whole
}

function Hide-PimSecret {
    # The same configuration with a mark in place of each secret, in the order in which they will be written.
    param($Value, [System.Collections.Generic.List[securestring]] $Secrets, [string] $Mark)

    if ($Value -is [System.Security.SecureString]) {
        $Secrets.Add($Value)
        return "secret-$Mark-$($Secrets.Count)-"
    }
    if ($Value -is [System.Collections.IDictionary]) {
        $shown = [ordered] @{}
        foreach ($key in $Value.Keys) { $shown[[string] $key] = Hide-PimSecret -Value $Value[$key] -Secrets $Secrets -Mark $Mark }
        return $shown
    }
    if ($Value -is [System.Collections.IList]) { return , @(foreach ($item in $Value) { Hide-PimSecret -Value $item -Secrets $Secrets -Mark $Mark }) }
    $Value
}
