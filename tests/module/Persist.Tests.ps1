BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $program = $emulator.BrowserCommand[0]
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'A sign-in that is kept for the next shell' {
    BeforeAll {
        # The folder is found by the environment, so each shell is a process of its own.
        function Invoke-Shell {
            param([string] $Script)
            $text = @"
`$ErrorActionPreference = 'Stop'
Import-Module '$Manifest' -DisableNameChecking
`$emulator = '$($emulator | ConvertTo-Json -Compress -Depth 5)' | ConvertFrom-Json
`$emulator.PSObject.TypeNames.Insert(0, 'PIMStepUp.Emulator')
`$browser = @('$program', 'browse', '--profile', '$(Join-Path $TestDrive "$([guid]::NewGuid()).json")', '--account', 'adele@contoso.example')
$Script
"@
            $before = $env:XDG_DATA_HOME
            $env:XDG_DATA_HOME = Join-Path $TestDrive data
            try { & $PowerShell @PowerShellStart -NoProfile -NonInteractive -Command $text } finally { $env:XDG_DATA_HOME = $before }
        }
        $never = "Connect-PIM -Environment `$emulator -Persist -BrowserCommand 'false'"
    }

    AfterAll { Invoke-Shell 'Clear-PIMCache -Confirm:$false' }

    It 'needs no page there, and is gone with Disconnect-PIM' {
        Invoke-Shell '(Connect-PIM -Environment $emulator -Persist -BrowserCommand $browser).Account' | Should -Contain 'adele@contoso.example'
        Invoke-Shell "($never).Account" | Should -Be 'adele@contoso.example'
        Invoke-Shell "`$global:PIMPersist = `$true; (Connect-PIM -Environment `$emulator -BrowserCommand 'false').Account; Disconnect-PIM" | Should -Be 'adele@contoso.example'
        (Invoke-Shell "try { $never } catch { `$_.FullyQualifiedErrorId }") -join ' ' | Should -BeLike '*BrowserUnavailable*'
    }

    It 'stays with -WhatIf, also that of Disconnect-PIM' {
        $null = Invoke-Shell 'Connect-PIM -Environment $emulator -Persist -BrowserCommand $browser'
        $null = Invoke-Shell "`$null = $never; Get-PIMContext | Disconnect-PIM -WhatIf; `$WhatIfPreference = `$true; Disconnect-PIM"
        Invoke-Shell "($never).Account" | Should -Be 'adele@contoso.example'
    }

    It 'is all that Clear-PIMCache -Path removes' {
        $precious = Join-Path $TestDrive notes.txt
        Set-Content $precious 'PIMStepUp is what I wanted to write about'
        foreach ($path in $precious, [string] $TestDrive, 'env:PATH') {
            { Clear-PIMCache -Path $path -Confirm:$false } | Should -Throw -ErrorId 'InvalidConfiguration,Clear-PIMCache'
        }
        $precious | Should -Exist
    }

    It 'is removed by Clear-PIMCache' {
        $null = Invoke-Shell 'Connect-PIM -Environment $emulator -Persist -BrowserCommand $browser'
        $file = Join-Path $TestDrive data/PIMStepUp/sign-ins.bin
        $file | Should -Exist
        $null = Invoke-Shell 'Clear-PIMCache -WhatIf'
        $file | Should -Exist
        Invoke-Shell 'Clear-PIMCache -Confirm:$false' | Should -BeNullOrEmpty
        $file | Should -Not -Exist
    }
}
