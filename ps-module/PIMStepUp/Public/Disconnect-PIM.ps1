function Disconnect-PIM {
    <#
    .SYNOPSIS
    Ends a session and forgets its tokens.

    .DESCRIPTION
    Tokens are dropped from memory. The browser's own sign-in is left as it is. Without a session nothing happens.

    .PARAMETER Context
    The session to end. Default: the one that Connect-PIM made last.

    .EXAMPLE
    PS> Disconnect-PIM

    .LINK
    Connect-PIM
    #>
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true)] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    process {
        $session = $script:PimDefaultSession
        if ($Context) { $session = [uint64] $Context.SessionId }
        if (-not $session) { return }
        try {
            # A failure is of no interest: the session is gone after this, or was before, also in another runspace.
            Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'session.disconnect' -OnDone { } -OnFailure { }
        } finally {
            Close-PimSession -Session $session
        }
    }
}
