function Disconnect-PIM {
    <#
    .SYNOPSIS
    Ends a session and forgets its tokens.

    .DESCRIPTION
    Tokens are dropped from memory, and a sign-in that was stored with Connect-PIM -Persist is removed. The browser's own sign-in is left
    as it is, and so are sessions of the Microsoft Graph PowerShell SDK and of Azure PowerShell that were drawn on. A command that runs in
    another runspace meanwhile finishes with the token that it has. Without a session nothing happens.

    .PARAMETER Context
    The session to end. Default: the one that Connect-PIM made last.

    .EXAMPLE
    PS> Disconnect-PIM

    .EXAMPLE
    PS> Get-PIMContext | Disconnect-PIM -WhatIf

    Names the account that would be signed out.

    .LINK
    Connect-PIM
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
    [OutputType([void])]
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
            $name = if ($Context) { [string] (Get-PimField $Context 'Account') } else { 'the default session' }
            if (-not $PSCmdlet.ShouldProcess($name, 'sign out and forget its tokens')) { continue }
            try {
                # A failure is of no interest: the session is gone after this, or was before, also in another runspace.
                Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'session.disconnect' -OnDone { } -OnFailure { }
            } finally {
                Close-PimSession -Session $session
            }
        }
    }
}
