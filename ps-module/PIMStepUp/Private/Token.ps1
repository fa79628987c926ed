function Get-PimToken {
    # The reply of `token.acquire`; its token is a SecureString already.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session, [hashtable] $Request, [string] $BadClaims, [string] $NoToken)

    Invoke-PimCore -Cmdlet $Cmdlet -Session $Session -Operation 'token.acquire' -Request $Request -OnFailure {
        param($failure)
        $words = $null
        if ($BadClaims) {
            $isBad = $failure.code -in 'ChallengeMalformed', 'ChallengeNotFound'
            $words = if ($isBad) { "$BadClaims ($($failure.message))" } else { "$NoToken ($($failure.message))" }
        }
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Failure $failure -Message $words))
    }
}

function ConvertTo-PimResourceName {
    # Graph and Arm are names of the core, everything else is an application id URI and kept as it is.
    param([string] $Resource)

    if ($Resource -in 'Graph', 'Arm') { return $Resource.ToLowerInvariant() }
    $Resource
}

function Get-PimServiceName {
    # Whose session serves a resource or an address: the Graph SDK's knows Graph alone, Azure PowerShell's everything else.
    param([string] $Name)

    $uri = $null
    if (-not [uri]::TryCreate($Name, [System.UriKind]::Absolute, [ref] $uri) -or $uri.Scheme -notin 'https', 'http', 'api') {
        # An application id, or a name; relative addresses are those of Graph.
        if ($Name -eq 'arm' -or $Name -match '^[0-9a-f]{8}-[0-9a-f-]{27}$') { return 'Arm' }
        return 'Graph'
    }
    $origin = ConvertTo-PimOrigin $Name
    $cloud = Get-PimField (Get-PimHostConfiguration MicrosoftGraph) 'cloud'
    if ($cloud -is [hashtable] -and $cloud.graph -eq $origin) { return 'Graph' }
    if ($origin -match '^https://((dod-)?graph\.microsoft\.(com|us)|microsoftgraph\.chinacloudapi\.cn)$') { return 'Graph' }
    'Arm'
}
