function Disconnect-PIM {
    <#
    .SYNOPSIS
    Ends a session and forgets its tokens.

    .DESCRIPTION
    Tokens are dropped from memory, and a sign-in that was stored with Connect-PIM -Persist is removed. The browser's own sign-in is left as it is, and so are sessions of the Microsoft Graph
    PowerShell SDK and of Azure PowerShell that were drawn on. Without a session nothing happens.

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
        $sessions = @(
            if ($Context) { [uint64] $Context.SessionId }
            elseif ($script:PimDefaultSession) { $script:PimDefaultSession }
            else { $script:PimHostSessions.Values | Sort-Object -Unique }
        )
        foreach ($session in $sessions) {
            try {
                # A failure is of no interest: the session is gone after this, or was before, also in another runspace.
                Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'session.disconnect' -OnDone { } -OnFailure { }
            } finally {
                Close-PimSession -Session $session
            }
        }
    }
}
