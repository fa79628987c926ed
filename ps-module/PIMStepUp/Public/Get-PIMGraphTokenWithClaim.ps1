function Get-PIMGraphTokenWithClaim {
    <#
    .SYNOPSIS
    Gets a Microsoft Graph access token that satisfies the given claims.

    .DESCRIPTION
    The permission RoleAssignmentSchedule.ReadWrite.Directory is always among those asked for. A token of the session is used
    if it satisfies the claims, else the user signs in. Get-PIMAccessToken does the same for any API.

    .PARAMETER tenantId
    Tenant id or verified domain. Default: the global variable $_tenantId if it is set, else the tenant of the session.

    .PARAMETER scope
    Further permissions.

    .PARAMETER claim
    A claims request as JSON or base64, or any text that carries a claims challenge.

    .PARAMETER asString
    Returns the token as text. Default: a SecureString, as Connect-MgGraph -AccessToken takes it.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    System.Security.SecureString

    .OUTPUTS
    System.String

    .EXAMPLE
    PS> Get-PIMGraphTokenWithClaim -claim '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

    .LINK
    Get-PIMAccessToken
    #>
    [CmdletBinding()]
    [OutputType([System.Security.SecureString], [string])]
    param(
        [Parameter(Position = 0)] [ValidateNotNullOrEmpty()] [string] $tenantId,
        [Parameter(Position = 1)] [string[]] $scope,
        [Parameter(Position = 2, Mandatory = $true)] [string] $claim,
        [switch] $asString,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $scopes = @($scope | Where-Object { $_ })
    if ($scopes -notcontains 'RoleAssignmentSchedule.ReadWrite.Directory') { $scopes += 'RoleAssignmentSchedule.ReadWrite.Directory' }
    $request = @{ resource = 'graph'; scopes = [string[]] $scopes; claims = $claim }

    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context
    $wanted = $tenantId
    if (-not $wanted -and -not $Context) { $wanted = Get-PimGlobalTenant }
    $own = Get-PimTenantSession -Cmdlet $PSCmdlet -Session $session -TenantId $wanted
    $words = @{
        BadClaims = 'Get-PIMGraphTokenWithClaim: Claim is not a valid JSON string.'
        NoToken   = 'Get-PIMGraphTokenWithClaim: Failed to acquire token with claims.'
    }
    try {
        $token = (Get-PimToken -Cmdlet $PSCmdlet -Session $own -Request $request @words).accessToken
    } finally {
        if ($own -ne $session) { $null = $script:PimNative::pim_session_free($own) }
    }
    if ($asString) { [System.Net.NetworkCredential]::new('', $token).Password } else { $token }
}
