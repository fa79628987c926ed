function Resolve-PimFile {
    # The file that a path means where the caller stands. It need not exist.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Path)

    $provider, $drive = $null, $null
    $why = try {
        $file = $Cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path, [ref] $provider, [ref] $drive)
        if ($provider.Name -eq 'FileSystem') { return $file }
        "it is one of the provider $($provider.Name)"
    } catch {
        $_.Exception.GetBaseException().Message
    }
    $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Target $Path -Failure @{
                code = 'InvalidConfiguration'; category = 'InvalidArgument'; message = "``$Path`` is no path of a file: $why"
                hint = 'give the path of a file, relative to the current folder or in full'
            }))
}
