function Get-PIMAccessToken {
    <#
    .SYNOPSIS
    Gets an access token for any API, one that satisfies a claims challenge where that is asked for.

    .DESCRIPTION
    A token of the session is used if it satisfies what is asked, else it is renewed silently, else the user signs in. With a
    failed request by pipeline the token satisfies the challenge in it, and is for the API that was asked.

    .PARAMETER InputObject
    Anything that carries a claims challenge: see Get-PIMClaimsChallenge. Without a challenge it is an error
    (ChallengeNotFound).

    .PARAMETER Resource
    Graph, Arm, or the application id URI of another API, such as https://vault.azure.net. Default: the API of the failed
    request, as its address tells or, without one, the tool that printed the error; else Graph.

    .PARAMETER Scope
    Permissions that the token must have. Default: those of the resource.

    .PARAMETER Claims
    What the token must satisfy: a claims request as JSON or base64, or any text that carries a challenge.

    .PARAMETER ClientId
    Application id of the public client. Default: the session's for this resource.

    .PARAMETER Force
    Acquires a new token although the session has a good one.

    .PARAMETER AsPlainText
    Returns the token as text. Default: a SecureString, as Invoke-RestMethod -Token and Connect-MgGraph -AccessToken take it.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    System.Security.SecureString

    .OUTPUTS
    System.String

    .EXAMPLE
    PS> $token = Get-PIMAccessToken -Resource Graph
    PS> Invoke-RestMethod "$($emulator.Graph)/v1.0/me" -Authentication Bearer -Token $token -AllowUnencryptedAuthentication

    Uses a token in a request of one's own.

    .EXAMPLE
    PS> try { Invoke-RestMethod @request -Token $token } catch { $token = $_ | Get-PIMAccessToken; Invoke-RestMethod @request -Token $token }

    Satisfies the challenge of a refused request and repeats it.

    .LINK
    Get-PIMClaimsChallenge

    .LINK
    Invoke-PIMRestMethod
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType([System.Security.SecureString], [string])]
    param(
        [Parameter(ValueFromPipeline = $true)] [object] $InputObject,
        [Parameter(Position = 0)] [ValidateNotNullOrEmpty()]
        [ArgumentCompleter({
                param($commandName, $parameterName, $wordToComplete)
                @('Graph', 'Arm') -like "$wordToComplete*"
            })]
        [string] $Resource,
        [string[]] $Scope,
        [ValidateNotNullOrEmpty()] [string] $Claims,
        [guid] $ClientId,
        [switch] $Force,
        [switch] $AsPlainText,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    process {
        $request = @{}
        if ($PSBoundParameters.ContainsKey('InputObject')) {
            $challenge = @(Find-PimChallenge -Cmdlet $PSCmdlet -Context $Context -InputObject $InputObject -Required)
            if ($challenge.Count -eq 0) { return }
            $request['claims'] = $challenge[0].Claims
            $for = Get-PimField $challenge[0] 'Resource'
            if ($for) { $request['resource'] = ConvertTo-PimResourceName $for }
        }
        if ($Claims) { $request['claims'] = $Claims }
        if ($Resource) { $request['resource'] = ConvertTo-PimResourceName $Resource }
        if ($Scope) { $request['scopes'] = [string[]] $Scope }
        if ($PSBoundParameters.ContainsKey('ClientId')) { $request['clientId'] = "$ClientId" }
        if ($Force) { $request['force'] = $true }

        $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context -Service (Get-PimServiceName $request['resource'])
        $token = (Get-PimToken -Cmdlet $PSCmdlet -Session $session -Request $request).accessToken
        if ($AsPlainText) { [System.Net.NetworkCredential]::new('', $token).Password } else { $token }
    }
}
