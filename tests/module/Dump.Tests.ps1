# A dump of a shell's memory, of every page that it can read, is searched for what the emulator has handed out and received. The session
# lives, with its tokens, when the dump is taken.
BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule

    function Start-Shell {
        # A shell with an emulator of its own, at work already.
        param([string] $Name, [string[]] $With)

        $emulator = Start-PIMEmulator -Tls
        $browser = @($emulator.BrowserCommand[0..($emulator.BrowserCommand.Count - 2)]) + (Join-Path $TestDrive "$Name.profile.json")
        # What the emulator tells of other platforms has their secrets in it, and the shell is not to know them.
        @{
            Login = $emulator.Login; Graph = $emulator.Graph; Arm = $emulator.Arm; TenantId = $emulator.TenantId; CertificateFile = $emulator.CertificateFile
            BrowserCommand = $browser; ClientId = 'd1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47'
        } | ConvertTo-Json | Set-Content (Join-Path $TestDrive "$Name.json")
        $secretFile = Join-Path $TestDrive "$Name.secret"
        Set-Content -LiteralPath $secretFile -Value 'rehearsal-secret-of-contoso-automation' -NoNewline
        $place = @{ Dump = Join-Path $TestDrive "$Name.dump"; Ready = Join-Path $TestDrive "$Name.ready"; Error = Join-Path $TestDrive "$Name.error" }
        $arguments = '-Manifest', $Manifest, '-EmulatorFile', (Join-Path $TestDrive "$Name.json"), '-SecretFile', $secretFile, '-ReadyFile', $place.Ready
        # All that can be read (4), from .NET's own handler of crashes; it is no core dump of the kernel's, which leaves pages out.
        $environment = @{ DOTNET_DbgEnableMiniDump = '1'; DOTNET_DbgMiniDumpType = '4'; DOTNET_DbgMiniDumpName = $place.Dump }
        $shell = Start-Process $PowerShell -PassThru -Environment $environment -RedirectStandardOutput "$($place.Error).none" -RedirectStandardError $place.Error -ArgumentList @(
            $PowerShellStart + '-NoProfile' + '-NonInteractive' + '-File' + "$PSScriptRoot/dump/Shell.ps1" + $arguments + $With)
        @{ Emulator = $emulator; Shell = $shell; Place = $place }
    }

    function Find-Secret {
        # Kinds of the secrets in the dump, as UTF-8 and as UTF-16.
        param([hashtable] $Run)

        $Run.Shell.WaitForExit(180000) | Should -BeTrue
        (Test-Path $Run.Place.Ready) | Should -BeTrue -Because (Get-Content -Raw $Run.Place.Error)
        Get-Content $Run.Place.Ready | Should -Be 'Activated Activated'
        $known = @(Invoke-RestMethod "$($Run.Emulator.Control)/secrets" -SkipCertificateCheck | ForEach-Object { $_ })
        @($known | Where-Object kind -in 'accessToken', 'refreshToken', 'code', 'codeVerifier', 'clientSecret').Count | Should -BeGreaterThan 12
        $search = [regex]::new(($known.value | ForEach-Object { [regex]::Escape($_) }) -join '|')
        $found = [System.Collections.Generic.HashSet[string]]::new()
        $overlap = 2 * ($known.value | Measure-Object Length -Maximum).Maximum
        $part = [byte[]]::new(16MB)
        $kept = 0
        $file = [System.IO.File]::OpenRead($Run.Place.Dump)
        try {
            $file.Length | Should -BeGreaterThan 50MB
            while ($count = $file.Read($part, $kept, $part.Length - $kept)) {
                # Without zeros, UTF-16 of these characters reads as UTF-8 does.
                $text = [System.Text.Encoding]::Latin1.GetString($part, 0, $kept + $count).Replace("`0", '')
                foreach ($match in $search.Matches($text)) { $null = $found.Add($match.Value) }
                $total = $kept + $count
                $kept = [System.Math]::Min($overlap, $total)
                [System.Array]::Copy($part, $total - $kept, $part, 0, $kept)
            }
        } finally {
            $file.Dispose()
        }
        @($known | Where-Object { $found.Contains($_.value) } | ForEach-Object kind | Sort-Object -Unique)
    }

    $rested = Start-Shell Rested '-RestSeconds', '45'
    $keeping = Start-Shell Keeping '-RestSeconds', '1', '-Keep'
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'A dump of memory' {
    It 'of a shell that keeps a token as text shows that token' {
        Find-Secret $keeping | Should -Contain accessToken
    }

    It 'of a shell with a session that lives shows no token, code, verifier or secret' {
        Find-Secret $rested | Should -BeNullOrEmpty
    }
}
