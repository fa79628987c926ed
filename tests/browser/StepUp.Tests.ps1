# A role behind a passkey, activated through a real browser: refused, stepped up once, active.

BeforeDiscovery {
    $Kinds = @(
        @{ Kind = 'directory'; Command = 'Invoke-PIMDirectoryRoleActivation'; Role = 'Security Administrator' }
        @{ Kind = 'resource'; Command = 'Invoke-PIMResourceRoleActivation'; Role = 'Contributor' }
    )
}

BeforeAll {
    $root = Split-Path (Split-Path $PSScriptRoot)
    $pictures = Join-Path $root out browser
    Import-Module (Join-Path $root out PIMStepUp PIMStepUp.psd1)
    Import-Module (Join-Path $PSScriptRoot Browser.psm1)
    Remove-Item -LiteralPath $pictures -Recurse -Force -ErrorAction Ignore

    $emulator = Start-PIMEmulator
    $browser = Start-Browser
    $command = Get-BrowserCommand -Browser $browser -Account adele@contoso.example -Pictures $pictures
    $null = Connect-PIM -Environment $emulator -Account adele@contoso.example -Resource Graph, Arm -BrowserCommand $command

    function Get-Journal { Invoke-RestMethod "$($emulator.Control)/journal" -NoProxy }
}

AfterAll {
    if ($emulator) { Stop-PIMEmulator $emulator }
    if ($browser) { Stop-Browser $browser }
    Remove-Module PIMStepUp, Browser -ErrorAction Ignore
}

Describe 'a role that wants a passkey' {
    It 'is activated after one sign-in with a passkey: <Kind>' -ForEach $Kinds {
        $before = @(Get-Journal).Count

        $result = & $Command -roleName $Role -justification 'browser test'

        $result.ActivationStatus | Should -Be Activated
        $result.SteppedUp | Should -BeTrue

        $entries = @(Get-Journal | Select-Object -Skip $before)
        @($entries | Where-Object violation) | Should -BeNullOrEmpty
    }
}
