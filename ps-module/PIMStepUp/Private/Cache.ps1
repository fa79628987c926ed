function Get-PimCachePath {
    # One file for each user: in the folder that the system has for data that stays on this machine.
    param([string] $Path)

    if ($Path) { return $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path) }
    $folder = [System.Environment]::GetFolderPath('LocalApplicationData', 'DoNotVerify')
    [System.IO.Path]::Combine($folder, 'PIMStepUp', 'sign-ins.bin')
}

function Get-PimCacheConfiguration {
    # By the switch, or by the preference; nothing where tokens stay in memory.
    param([hashtable] $Bound)

    $preference = Get-Variable -Name PIMPersist -Scope Global -ErrorAction Ignore
    $persist = if ($Bound.ContainsKey('Persist')) { [bool] $Bound['Persist'] } else { $null -ne $preference -and [bool] $preference.Value }
    if ($persist) { @{ mode = 'file'; path = Get-PimCachePath } }
}
