function Get-PIMContext {
    <#
    .SYNOPSIS
    Shows who is signed in, where, and which tokens there are.

    .DESCRIPTION
    Tokens are described by resource, scopes, authentication contexts and expiry; their text is not shown. Nothing is
    requested from a service. Without a session there is no output.

    .PARAMETER Context
    The session to show as it is now. Default: the one that Connect-PIM made last, else those that draw on a session of the
    Microsoft Graph PowerShell SDK or of Azure PowerShell.

    .OUTPUTS
    PIMStepUp.Context

    .EXAMPLE
    PS> (Get-PIMContext).Tokens

    Lists the tokens of the session with the authentication contexts that each satisfies.

    .LINK
    Connect-PIM
    #>
    [CmdletBinding()]
    [OutputType('PIMStepUp.Context')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true)] [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    process {
        $sessions = @(
            if ($Context) { Get-PimContextSession -Cmdlet $PSCmdlet -Context $Context }
            elseif ($script:PimDefaultSession) { $script:PimDefaultSession }
            else { $script:PimHostSessions.Values | Sort-Object -Unique }
        )
        foreach ($session in $sessions) {
            $value = Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'session.show'
            ConvertTo-PimContext -Value $value -Session $session
        }
    }
}
