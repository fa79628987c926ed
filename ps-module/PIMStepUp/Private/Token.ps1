function Get-PimToken {
    # The reply of `token.acquire`; its token is a SecureString already.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [uint64] $Session, [hashtable] $Request, [string] $BadClaims)

    Invoke-PimCore -Cmdlet $Cmdlet -Session $Session -Operation 'token.acquire' -Request $Request -OnFailure {
        param($failure)
        $words = if ($BadClaims -and $failure.code -in 'ChallengeMalformed', 'ChallengeNotFound') { "$BadClaims ($($failure.message))" }
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Failure $failure -Message $words))
    }
}

function ConvertTo-PimResourceName {
    # Graph and Arm are names of the core, everything else is an application id URI and kept as it is.
    param([string] $Resource)

    if ($Resource -in 'Graph', 'Arm') { return $Resource.ToLowerInvariant() }
    $Resource
}
