# Opens an address in a running browser session and does there what a user would do, until the sign-in is over.
# The module runs this as its browser command (see Get-BrowserCommand) and adds the address as the last argument.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $SessionUrl,
    [Parameter(Mandatory)] [string] $Account,
    [Parameter(Mandatory)] [string] $Pictures,
    [Parameter(Mandatory, Position = 0)] [string] $Url
)

$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot Browser.psm1)

try {
    $null = Invoke-WebDriver $SessionUrl Post /url @{ url = $Url }
    Complete-SignIn -SessionUrl $SessionUrl -Account $Account -Pictures $Pictures
} catch {
    # The module has no use for what its browser says, so the reason goes to where the pictures are.
    Add-Content -LiteralPath (Join-Path $Pictures pages.log) "failed: $($_.Exception.Message)"
    Save-Screenshot $SessionUrl (Join-Path $Pictures failed.png)
    exit 1
}
