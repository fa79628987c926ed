function Get-PIMClaimsChallenge {
    <#
    .SYNOPSIS
    Finds the claims challenge in an error, a response, a header or any text.

    .DESCRIPTION
    Understands what Microsoft Graph, Azure Resource Manager, the token service and other Entra-protected services send: the
    WWW-Authenticate header, error bodies (nested and batched ones too), token errors, and texts in which these were printed.
    Nothing is requested from a service. Where there is no challenge there is no output. Something that looks like a challenge
    but is malformed is an error (ChallengeMalformed).

    .PARAMETER InputObject
    An error record or exception of Invoke-RestMethod, Invoke-WebRequest, Invoke-MgGraphRequest, an Az cmdlet or a command of
    this module; a response (HttpResponseMessage, or of Invoke-WebRequest or Invoke-AzRestMethod); a dictionary of headers;
    a header's value; a body; a text.

    .PARAMETER All
    Every challenge that is found. Default: the one to answer.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last; none is needed.

    .OUTPUTS
    PIMStepUp.ClaimsChallenge

    .EXAMPLE
    PS> 'Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19"' | Get-PIMClaimsChallenge

    Shows that authentication context c1 is asked for.

    .EXAMPLE
    PS> try { Invoke-RestMethod $uri -Authentication Bearer -Token $token } catch { $challenge = $_ | Get-PIMClaimsChallenge }
    PS> Connect-AzAccount -ClaimsChallenge $challenge.Base64

    Hands the challenge on to a command that wants it as base64.

    .LINK
    Get-PIMAccessToken

    .LINK
    Get-PIMAuthenticationContext
    #>
    [CmdletBinding()]
    [OutputType('PIMStepUp.ClaimsChallenge')]
    param(
        [Parameter(Position = 0, Mandatory = $true, ValueFromPipeline = $true)] [AllowNull()] [AllowEmptyString()] [object] $InputObject,
        [switch] $All,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    process {
        $challenges = @(Find-PimChallenge -Cmdlet $PSCmdlet -Context $Context -InputObject $InputObject)
        if ($All) { $challenges } elseif ($challenges.Count -gt 0) { $challenges[0] }
    }
}
