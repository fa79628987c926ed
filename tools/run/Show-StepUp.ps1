# The demo, told step by step. It runs in a PowerShell of its own, as a user's would, on the packed module.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Root,
    [Parameter(Mandatory)] [ValidateSet('Own', 'Headless', 'Scripted')] [string] $Browser
)

$ErrorActionPreference = 'Stop'
$account = 'adele@contoso.example'
$pictures = Join-Path $Root out browser
$pageLog = Join-Path $pictures pages.log

. (Join-Path $PSScriptRoot Story.ps1)
Import-Module (Join-Path $Root tests browser Browser.psm1)
Import-Module (Join-Path $Root out PIMStepUp PIMStepUp.psd1)
Remove-Item -LiteralPath $pictures -Recurse -Force -ErrorAction Ignore

$emulator = $window = $null
try {
    Write-Chapter '1' 'A tenant on this machine'
    Write-Typed '$emulator = Start-PIMEmulator'
    $emulator = Start-PIMEmulator
    Write-Fact "login $($emulator.Login), Graph $($emulator.Graph), Azure $($emulator.Arm)"
    Write-Fact "Contoso, with $($emulator.Users -join ' and '). Its privileged roles want the authentication context c1: a passkey"

    $connection = @{ Environment = $emulator; Account = $account; Resource = 'Graph', 'Arm' }
    switch ($Browser) {
        Headless {
            $window = Start-Browser
            $connection.BrowserCommand = Get-BrowserCommand -Browser $window -Account $account -Pictures $pictures
            Write-Fact 'No display here: a headless Chromium with a virtual passkey does what you would do'
        }
        Scripted { $connection.BrowserCommand = $emulator.BrowserCommand }
        Own { Write-Fact 'Your browser opens: choose Adele Vance, sign in, and later make a passkey and use it' }
    }

    Write-Chapter '2' 'Sign in'
    Write-Typed "Connect-PIM -Environment `$emulator -Account $account -Resource Graph, Arm"
    Show-Story $emulator $pageLog { $script:context = Connect-PIM @connection }
    Write-Fact "signed in: $($context.DisplayName) ($($context.Account))"
    Show-Token $context

    Write-Chapter '3' 'Activate a directory role'
    Write-Fact 'Users of this tenant may not read the policies of directory roles, so nobody knows what the role wants until the service says it'
    Set-HiddenPolicy $emulator
    Write-Typed "Invoke-PIMDirectoryRoleActivation 'Security Administrator' -justification 'Rehearsal' -PassThru"
    Show-Story $emulator $pageLog {
        $script:directory = Invoke-PIMDirectoryRoleActivation 'Security Administrator' -justification 'Rehearsal' -PassThru -NoPortal
    }
    Show-Result $directory
    Show-Token (Get-PIMContext)

    Write-Chapter '4' 'Activate an Azure resource role'
    Write-Fact 'Policies of Azure roles can be read: the context is known before anything is sent'
    Write-Typed "Invoke-PIMResourceRoleActivation -RoleName Contributor -Scope 'Contoso Production' -justification 'Rehearsal' -PassThru"
    Show-Story $emulator $pageLog {
        $script:resource = Invoke-PIMResourceRoleActivation -RoleName Contributor -Scope 'Contoso Production' -justification 'Rehearsal' -PassThru -NoPortal
    }
    Show-Result $resource
    Show-Token (Get-PIMContext)

    $results = @($directory) + @($resource)
    if (@($results | Where-Object ActivationStatus -ne Activated)) { throw 'a role of the demo was not activated' }

    Write-Chapter '5' 'What next'
    if ($Browser -eq 'Headless') { Write-Fact "pictures of the pages: $([IO.Path]::GetRelativePath($PWD, $pictures))/" }
    Write-Fact 'rehearse yourself: Import-Module ./out/PIMStepUp; $emulator = Start-PIMEmulator; Connect-PIM $emulator'
    Write-Fact 'with your tenant:  Import-Module ./out/PIMStepUp; Connect-PIM; Get-PIMMyEligibleDirectoryRole'
    Write-Fact 'all commands:      Get-Command -Module PIMStepUp, and README.md'
    Write-Host ''
} finally {
    if ($emulator) { Stop-PIMEmulator $emulator }
    if ($window) { Stop-Browser $window }
}
