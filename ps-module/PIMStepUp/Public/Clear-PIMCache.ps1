function Clear-PIMCache {
    <#
    .SYNOPSIS
    Removes the sign-ins that Connect-PIM -Persist has stored.

    .DESCRIPTION
    Removes the cache file of the user with the sign-ins of all accounts, and its key from the system's credential store. Sessions
    that are open stay signed in until they end. Refresh tokens that were stored are not revoked; revoke the user's sessions in
    Microsoft Entra where the file may have been taken.

    .PARAMETER Path
    The cache file. Default: the one that Connect-PIM -Persist uses.

    .EXAMPLE
    PS> Clear-PIMCache

    .EXAMPLE
    PS> Clear-PIMCache -WhatIf

    Names the file that would be removed.

    .LINK
    Connect-PIM
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    [OutputType([void])]
    param(
        [Parameter(Position = 0)] [ValidateNotNullOrEmpty()] [string] $Path
    )

    $file = Get-PimCachePath -Path $Path
    if (-not $PSCmdlet.ShouldProcess($file, 'remove all stored sign-ins')) { return }
    $session = New-PimSession -Cmdlet $PSCmdlet -Configuration @{ browser = @{ mode = 'never' }; environment = @{}; cache = @{ mode = 'file'; path = $file } }
    try {
        Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'cache.clear' -OnDone { }
    } finally {
        $null = $script:PimNative::pim_session_free($session)
    }
}
