# A real shell on a pseudo terminal, at which somebody types. The terminal is that of util-linux's `script`.
BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $program = $emulator.BrowserCommand[0]
    $shells = [System.Collections.Generic.List[object]]::new()

    function Start-Shell {
        # A shell that runs these lines. Everything that its terminal shows is gathered in Shown.
        param([string] $Script, [hashtable] $Environment = @{}, [string[]] $With = @())

        $file = Join-Path $TestDrive "$([guid]::NewGuid()).ps1"
        Set-Content $file @"
Import-Module '$Manifest' -DisableNameChecking
`$emulator = '$($emulator | ConvertTo-Json -Compress -Depth 5)' | ConvertFrom-Json
`$emulator.PSObject.TypeNames.Insert(0, 'PIMStepUp.Emulator')
$Script
"@
        # Programs that a shell started in the background, and all below them, do not hear Ctrl+C otherwise.
        $command = @('env --default-signal=INT'; @($PowerShell) + $PowerShellStart -replace '^.*$', "'$&'"; '-NoProfile'; $With; '-File'; "'$file'") -join ' '
        $start = [System.Diagnostics.ProcessStartInfo]::new('script')
        foreach ($argument in '--quiet', '--flush', '--return', '--echo', 'always', '--command', $command, '/dev/null') { $start.ArgumentList.Add($argument) }
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        foreach ($name in 'DISPLAY', 'WAYLAND_DISPLAY', 'BROWSER', 'WSL_DISTRO_NAME', 'WSL_INTEROP') { $null = $start.Environment.Remove($name) }
        $start.Environment['TERM'] = 'xterm'
        foreach ($name in $Environment.Keys) { $start.Environment[$name] = $Environment[$name] }
        $process = [System.Diagnostics.Process]::Start($start)
        $shell = [pscustomobject] @{ Process = $process; Shown = [System.Text.StringBuilder]::new(); Buffer = [char[]]::new(65536); Reading = $null }
        $shells.Add($shell)
        $shell
    }

    function Wait-Shell {
        # Waits until the terminal shows this, and returns all that it has shown; without it, until the shell has ended.
        param($Shell, [string] $Pattern, [int] $Seconds = 60)

        $end = [datetime]::UtcNow.AddSeconds($Seconds)
        while ([datetime]::UtcNow -lt $end) {
            if ($Pattern -and "$($Shell.Shown)" -match $Pattern) { return "$($Shell.Shown)" }
            if (-not $Shell.Reading) { $Shell.Reading = $Shell.Process.StandardOutput.ReadAsync($Shell.Buffer, 0, $Shell.Buffer.Length) }
            if (-not $Shell.Reading.Wait(100)) { continue }
            $count = $Shell.Reading.Result
            $Shell.Reading = $null
            if ($count -eq 0) {
                if ($Pattern) { break }
                return "$($Shell.Shown)"
            }
            $null = $Shell.Shown.Append($Shell.Buffer, 0, $count)
        }
        throw "the shell did not show '$Pattern', but: $($Shell.Shown)"
    }

    function Send-Key {
        param($Shell, [string] $Text)

        $Shell.Process.StandardInput.Write($Text)
        $Shell.Process.StandardInput.Flush()
    }

    function Get-LastAddress {
        # Where the user's browser, on another computer, ends after the page that the terminal shows.
        param([string] $Shown)

        $page = [regex]::Match($Shown, "$([regex]::Escape($emulator.Login.TrimEnd('/')))\S+/authorize\?\S+").Value
        & $program browse --account adele@contoso.example --elsewhere $page
    }

    $connect = '$context = Connect-PIM -Environment $emulator -NoBrowser; "signed in: $($context.Account)"'
}

AfterAll {
    foreach ($shell in $shells) { if (-not $shell.Process.HasExited) { $shell.Process.Kill($true) } }
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'A console whose user has a browser elsewhere (pseudo terminals of util-linux, so on Linux)' -Skip:(-not $IsLinux) {
    It 'takes the pasted address, and shows nothing of it' {
        $shell = Start-Shell ($connect -replace '-NoBrowser', '-NoBrowser -Verbose -Debug')
        $shown = Wait-Shell $shell 'press Enter'
        $shown | Should -BeLike '*-UseDeviceCode*'
        $address = Get-LastAddress $shown
        $address | Should -BeLike 'http://localhost:*code=*'
        Send-Key $shell "$address`r"
        $shown = Wait-Shell $shell
        $shown | Should -BeLike '*signed in: adele@contoso.example*'
        $shown | Should -BeLike "*Received $($address.Length) characters.*"
        # Verbose lines of the library came with it.
        $shown | Should -BeLike '*VERBOSE:*'
        $code = [regex]::Match($address, 'code=([^&]+)').Groups[1].Value
        $code.Length | Should -BeGreaterThan 20
        ($shown -replace '\s').Contains($code) | Should -BeFalse -Because 'the code is a secret'
        ($shown -replace '\s').Contains($code.Substring(0, 20)) | Should -BeFalse -Because 'a part of the code is one too'
    }

    It 'warns of a wrong paste, and takes the right one then, in quotation marks and with a correction' {
        $shell = Start-Shell $connect
        $shown = Wait-Shell $shell 'press Enter'
        $address = Get-LastAddress $shown
        Send-Key $shell "`rhttp://localhost/?code=hush&state=another`r"
        $null = Wait-Shell $shell 'another sign-in than this one'
        Send-Key $shell "nonsense`r"
        $null = Wait-Shell $shell 'not where a\s+sign-in\s+ends'
        # As a chat or a mail puts them around an address.
        Send-Key $shell "$([char] 0x201c)$($address)xx$([char] 127)$([char] 127)$([char] 0x201d)`r"
        $shown = Wait-Shell $shell
        $shown | Should -BeLike '*signed in: adele@contoso.example*'
        $shown | Should -Not -BeLike '*hush*'
        $shown | Should -Not -BeLike '*nonsense*'
    }

    It 'shows the address of a page that was opened where it may be unseen' {
        $shell = Start-Shell ($connect -replace ' -NoBrowser') @{ SSH_CONNECTION = '1 2 3 4'; BROWSER = '/bin/true' }
        $shown = Wait-Shell $shell 'press Enter'
        Send-Key $shell "$(Get-LastAddress $shown)`r"
        Wait-Shell $shell | Should -BeLike '*signed in: adele@contoso.example*'
    }

    It 'takes what a terminal marks as pasted' {
        $shell = Start-Shell $connect
        $shown = Wait-Shell $shell 'press Enter'
        $escape = [char] 27
        Send-Key $shell "$escape[200~$(Get-LastAddress $shown)$escape[201~`r"
        Wait-Shell $shell | Should -BeLike '*signed in: adele@contoso.example*'
    }

    It 'goes on by itself when the browser comes by' {
        $shell = Start-Shell $connect
        $shown = Wait-Shell $shell 'press Enter'
        $null = Invoke-WebRequest (Get-LastAddress $shown) -NoProxy
        Wait-Shell $shell | Should -BeLike '*signed in: adele@contoso.example*'
    }

    It 'tells at Ctrl+C which writes had been sent' {
        Add-Fault $emulator @{ service = 'graph'; method = 'POST'; pathContains = 'roleAssignmentScheduleRequests'; delayMs = 20000; times = 1 }
        $shell = Start-Shell "`$ProgressPreference = 'SilentlyContinue'; `$null = Connect-PIM -Environment `$emulator -Account adele@contoso.example -BrowserCommand `$emulator.BrowserCommand; Invoke-PIMDirectoryRoleActivation 'Reports Reader' -justification 'x'"
        $end = [datetime]::UtcNow.AddSeconds(60)
        while (@(Invoke-RestMethod "$($emulator.Control)/faults" -NoProxy | ForEach-Object { $_ }).Count -gt 0 -and [datetime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 100 }
        Send-Key $shell "$([char] 3)"
        (Wait-Shell $shell 'may\s+have\s+been\s+done' -Seconds 20) -replace '\s+', ' ' | Should -Match 'interrupted: .*Reports Reader.* had been sent, and may have been done'
    }

    It 'ends with Ctrl+C at any moment' {
        $shell = Start-Shell "try { $connect } finally { 'cleaned up' }; 'never here'"
        $null = Wait-Shell $shell 'press Enter'
        Send-Key $shell "half an address$([char] 3)"
        $shown = Wait-Shell $shell -Seconds 20
        $shown | Should -Not -BeLike '*signed in*'
        $shown | Should -Not -BeLike '*never here*'
        $shown | Should -Not -BeLike '*half an address*'
    }

    It 'is asked by itself where no browser can be opened: <Where>' -ForEach @(
        @{ Where = 'no display'; Environment = @{} }
        @{ Where = 'over SSH'; Environment = @{ SSH_CONNECTION = '10.0.0.1 50000 10.0.0.2 22' } }
    ) {
        $shell = Start-Shell ($connect -replace ' -NoBrowser') -Environment $Environment
        $shown = Wait-Shell $shell 'press Enter'
        Send-Key $shell "$(Get-LastAddress $shown)`r"
        Wait-Shell $shell | Should -BeLike '*signed in: adele@contoso.example*'
    }

    It 'is not asked where nobody can be: the command fails at once' {
        $shell = Start-Shell "try { $($connect -replace ' -NoBrowser') } catch { `"failed: `$(`$_.FullyQualifiedErrorId)`" }" -With '-NonInteractive'
        $shown = Wait-Shell $shell
        $shown | Should -BeLike '*failed: BrowserUnavailable,Connect-PIM*'
        $shown | Should -Not -BeLike '*press Enter*'
    }
}
