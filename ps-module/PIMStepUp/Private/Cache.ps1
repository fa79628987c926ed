function Get-PimCachePath {
    # One file for each user: in the folder that the system has for data that stays on this machine.
    $folder = [System.Environment]::GetFolderPath('LocalApplicationData', 'DoNotVerify')
    [System.IO.Path]::Combine($folder, 'PIMStepUp', 'sign-ins.bin')
}

function Test-PimCacheFile {
    # Whether it is a cache by its first words, or not there at all.
    param([string] $Path)

    if ([System.IO.Directory]::Exists($Path)) { return $false }
    if (-not [System.IO.File]::Exists($Path)) { return $true }
    $head = [byte[]]::new(15)
    $stream = [System.IO.File]::OpenRead($Path)
    try { $null = $stream.Read($head, 0, $head.Length) } finally { $stream.Dispose() }
    [System.Text.Encoding]::ASCII.GetString($head) -eq 'PIMStepUp cache'
}

function Get-PimCacheConfiguration {
    # By the switch, or by the preference; nothing where tokens stay in memory.
    param([hashtable] $Bound)

    $preference = Get-Variable -Name PIMPersist -Scope Global -ErrorAction Ignore
    $persist = if ($Bound.ContainsKey('Persist')) { [bool] $Bound['Persist'] } else { $null -ne $preference -and [bool] $preference.Value }
    if ($persist) { @{ mode = 'file'; path = Get-PimCachePath } }
}
