# Everything that a session shows on any stream is searched for every secret that the emulator has handed out.
BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $transcript = Join-Path $TestDrive 'transcript.txt'
    $shown = Join-Path $TestDrive 'streams.txt'
    $script = Join-Path $TestDrive 'session.ps1'
    $browser = "'{0}'" -f ((@($emulator.BrowserCommand) + '--account' + 'adele@contoso.example') -join "', '")
    Set-Content $script @"
`$VerbosePreference = `$DebugPreference = `$InformationPreference = 'Continue'
Import-Module '$Manifest' 4> `$null
`$null = Start-Transcript '$transcript'
function Show-All {
    `$emulator = [pscustomobject] @{ PSTypeName = 'PIMStepUp.Emulator'; Login = '$($emulator.Login)'; Graph = '$($emulator.Graph)'; Arm = '$($emulator.Arm)'; TenantId = '$($emulator.TenantId)'; CertificateFile = `$null }
    Connect-PIM -Environment `$emulator -Resource Graph, Arm -BrowserCommand $browser | Format-List * -Force
    Get-PIMContext | ConvertTo-Json -Depth 9
    Get-PIMAccessToken | Format-List * -Force
    `$token = Get-PIMAccessToken -Claims '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    `$token | Out-String
    Get-PIMMyEligibleDirectoryRole | Out-String
    Invoke-PIMDirectoryRoleActivation 'User Administrator', 'License Administrator', 'Nobody' 'x' -PassThru | ConvertTo-Json -Depth 9
    Invoke-PIMResourceRoleActivation -RoleName Reader | ConvertTo-Json -Depth 9
    Invoke-PIMRestMethod /v1.0/me -ResponseHeadersVariable headers
    `$headers
    Invoke-PIMRestMethod /v1.0/nothing
    Invoke-PIMRestMethod https://example.com/
    Get-PIMAccessToken -Claims '{'
}
`$records = @(Show-All *>&1)
`$records | Out-String -Width 4096 | Set-Content '$shown'
'verbose records: {0}' -f @(`$records | Where-Object { `$_ -is [System.Management.Automation.VerboseRecord] }).Count | Add-Content '$shown'
`$Error | Format-List * -Force | Out-String -Width 4096 | Add-Content '$shown'
`$Error | ForEach-Object { `$_.Exception.ToString(); `$_.Exception.Data['PIMError'] | ConvertTo-Json -Depth 9 } | Add-Content '$shown'
& (Get-Module PIMStepUp) { Get-Variable -Scope Script | Where-Object Name -like 'Pim*' | ForEach-Object { `$_.Value | ConvertTo-Json -Depth 3 -WarningAction SilentlyContinue -ErrorAction SilentlyContinue } } *>&1 | Out-String -Width 4096 | Add-Content '$shown'
`$null = Stop-Transcript
"@
    $pwsh = (Get-Process -Id $PID).Path
    $leading = @()
    if ([System.IO.Path]::GetFileNameWithoutExtension($pwsh) -eq 'dotnet') { $leading = @([System.IO.Path]::Combine($PSHOME, 'pwsh.dll')) }
    $console = & $pwsh @leading -NoProfile -NonInteractive -File $script *>&1 | Out-String -Width 4096
    $everything = (Get-Content -Raw $shown) + (Get-Content -Raw $transcript) + $console
    $secrets = @(Invoke-RestMethod "$($emulator.Control)/secrets" | ForEach-Object { $_ })
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'No secret is shown' {
    It 'the session did what it was to do' {
        $everything | Should -BeLike '*adele@contoso.example*'
        $everything | Should -BeLike '*TicketRequired*'
        $everything | Should -BeLike '*HostNotAllowed*'
        $everything -match 'verbose records: (\d+)' | Should -BeTrue
        [int] $Matches[1] | Should -BeGreaterThan 3
        $secrets.Count | Should -BeGreaterThan 5
    }

    It 'no token, code or refresh token of the emulator is on any stream, in $Error, in module variables or in the transcript' {
        foreach ($secret in $secrets) {
            $text = if ($secret -is [string]) { $secret } else { $secret.value }
            $text.Length | Should -BeGreaterThan 10
            $everything.Contains($text) | Should -BeFalse -Because 'a secret was shown'
        }
    }

    It 'nothing that looks like a token is there either' {
        [regex]::Matches($everything, 'eyJ[\w-]{10,}\.eyJ[\w-]{10,}').Count | Should -Be 0
        $everything | Should -Not -Match 'Bearer [\w-]{20,}'
    }
}
