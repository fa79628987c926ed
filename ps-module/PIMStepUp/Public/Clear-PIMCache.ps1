function Clear-PIMCache {
    <#
    .SYNOPSIS
    Removes the sign-ins that Connect-PIM -Persist has stored.

    .DESCRIPTION
    Removes the cache file of the user with the sign-ins of all accounts, and its key from the system's credential store. Sessions
    that are open stay signed in until they end, and do not store their sign-in again. Refresh tokens that were stored are not
    revoked; revoke the user's sessions in Microsoft Entra where the file may have been taken.

    .PARAMETER Path
    The cache file. Default: the one that Connect-PIM -Persist uses. A file that is no cache is refused.

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

    $file = if ($Path) { Resolve-PimFile -Cmdlet $PSCmdlet -Path $Path } else { Get-PimCachePath }
    if ($Path -and -not (Test-PimCacheFile $file)) {
        $PSCmdlet.ThrowTerminatingError((New-PimErrorRecord -Target $file -Failure @{
                    code = 'InvalidConfiguration'; category = 'InvalidArgument'; message = "``$file`` is no cache of sign-ins, and is left as it is"
                    hint = 'give the file that a session was configured with, or leave out -Path for that of Connect-PIM -Persist'
                }))
    }
    if (-not $PSCmdlet.ShouldProcess($file, 'remove all stored sign-ins')) { return }
    $session = New-PimSession -Cmdlet $PSCmdlet -Configuration @{ browser = @{ mode = 'never' }; environment = @{}; cache = @{ mode = 'file'; path = $file } }
    try {
        Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'cache.clear' -OnDone { }
    } finally {
        $null = $script:PimNative::pim_session_free($session)
    }
}
