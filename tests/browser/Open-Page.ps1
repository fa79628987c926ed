# Opens an address in the browser of PIM_BROWSER_SESSION and does there what a user would do, until the sign-in is over.
# The module runs this as its browser command; the address is the last argument.
[CmdletBinding()]
param([Parameter(Mandatory, Position = 0)] [string] $Url)

$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot Browser.psm1)

$session = $env:PIM_BROWSER_SESSION
$pictures = $env:PIM_BROWSER_PICTURES
$account = $env:PIM_BROWSER_ACCOUNT

try {
    $null = Invoke-WebDriver $session Post /url @{ url = $Url }
    Complete-SignIn -SessionUrl $session -Account $account -Pictures $pictures
} catch {
    # Whoever started this has closed its ears by now: the reason goes where the tests look for it.
    Add-Content -LiteralPath (Join-Path $pictures pages.log) "failed: $($_.Exception.Message)"
    Save-Screenshot $session (Join-Path $pictures failed.png)
    exit 1
}
