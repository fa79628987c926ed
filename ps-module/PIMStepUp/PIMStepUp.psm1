# The sources as they are. In a package, build.ps1 puts the same files, in the same order, into this one.
foreach ($pimFolder in 'Private', 'Public') {
    foreach ($pimFile in [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($PSScriptRoot, $pimFolder), '*.ps1')) { . $pimFile }
}
