# Everything that can be seen of the demo, of all that the commands do and of all that can go wrong, is searched for every secret that
# the emulator has handed out or received.
BeforeDiscovery {
    $places = 'streams.txt', 'transcript.txt', 'errors.txt', 'events.txt', 'variables.txt', 'console.txt'
    $parts = foreach ($part in 'Demo', 'Trouble') { foreach ($place in $places) { @{ Part = $part; Place = $place } } }
    # All that a session at the emulator can meet; Azure Arc's key cannot be had without Arc's own folder.
    $kinds = 'code', 'codeVerifier', 'cookie', 'accessToken', 'refreshToken', 'idToken', 'clientSecret', 'clientAssertion', 'federatedToken',
    'identityHeader', 'pipelineToken', 'deviceCode' | ForEach-Object { @{ Kind = $_ } }
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $scenario = Get-Content -Raw "$PSScriptRoot/../scenarios/contoso.json" | ConvertFrom-Json
    $scenario.behaviour | Add-Member deviceCodeIntervalSeconds 1 -Force
    # Tokens for a Graph that is reached through proxies alone.
    $scenario | Add-Member resources @(@{ appId = '5d1e9b7a-3c4f-4e26-8a0d-7f2b6c9e1a43'; appIdUri = 'https://graph.invalid'; displayName = 'Graph behind a proxy'; scopes = @('User.Read') })
    $scenarioFile = Join-Path $TestDrive scenario.json
    $scenario | ConvertTo-Json -Depth 50 | Set-Content $scenarioFile
    $emulators = @{ Demo = Start-PIMEmulator; Trouble = Start-PIMEmulator -Scenario $scenarioFile }
    $emulators.Canary = $emulators.Trouble

    $watches = foreach ($part in 'Demo', 'Trouble', 'Canary') {
        $folder, $file = (Join-Path $TestDrive $part), (Join-Path $TestDrive "$part.json")
        $emulators.$part | ConvertTo-Json -Depth 9 | Set-Content $file
        $arguments = '-Part', $part, '-Manifest', $Manifest, '-Folder', $folder, '-EmulatorFile', $file
        @{ Folder = $folder; Command = @($PowerShell) + $PowerShellStart + '-NoProfile' + '-NonInteractive' + '-File' + "$PSScriptRoot/secrets/Watch.ps1" + $arguments }
    }
    # The last part shows the secrets that the one before it has met.
    foreach ($round in $watches[0, 1], $watches[2]) {
        $broken = $round | ForEach-Object -Parallel {
            $program, $arguments = $_.Command
            $console = & $program $arguments 2>&1
            Set-Content (Join-Path $_.Folder console.txt) ($console | Out-String -Width 4096)
            if ($LASTEXITCODE) { "ended with ${LASTEXITCODE}: $(@($console)[-20..-1] | Out-String)" }
        }
        if ($broken) { throw $broken }
    }

    function Read-Shown {
        param([string] $Part, [string] $Place)
        [string] (Get-Content -Raw (Join-Path $TestDrive "$Part/$Place"))
    }

    function Find-Secret {
        # Kinds and forms of the secrets in a text.
        param([string] $Part, [string] $Text)
        @(Invoke-RestMethod "$($emulators.$Part.Control)/secrets" -Method Post -Body ([System.Text.Encoding]::UTF8.GetBytes($Text)) | ForEach-Object { $_ } |
                ForEach-Object { "$($_.kind) ($($_.form))" } | Sort-Object -Unique)
    }
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'No secret is shown' {
    It 'the demo came to its end, and its secrets are known' {
        Read-Shown Demo transcript.txt | Should -BeLike '*Security Administrator at *: *Activated*What next*'
        @(Invoke-RestMethod "$($emulators.Demo.Control)/secrets" | ForEach-Object { $_ }).Count | Should -BeGreaterThan 10
        Read-Shown Demo errors.txt | Should -BeNullOrEmpty
    }

    It 'what can go wrong went wrong: every code that is documented, and none that is not' {
        $documented = [regex]::Matches((Get-Content -Raw "$PSScriptRoot/../../docs/errors.md"), '(?m)^\| `(\w+)` \|').ForEach({ $_.Groups[1].Value })
        $documented.Count | Should -BeGreaterThan 50
        $met = Get-Content (Join-Path $TestDrive 'Trouble/codes.txt')
        $documented | Where-Object { $_ -notin $met } | Should -BeNullOrEmpty -Because 'a part of secrets/trouble has to provoke it'
        $met | Where-Object { $_ -notin $documented } | Should -BeNullOrEmpty -Because 'docs/errors.md has to name it'
    }

    It 'all streams were watched' {
        foreach ($part in 'Demo', 'Trouble') {
            $seen = Get-Content (Join-Path $TestDrive "$part/kinds.txt")
            'VerboseRecord', 'DebugRecord', 'InformationRecord' | Where-Object { $_ -notin $seen } | Should -BeNullOrEmpty
            @(Get-Content (Join-Path $TestDrive "$part/events.txt")).Count | Should -BeGreaterThan 20
        }
    }

    It 'not in <Place> of: <Part>' -ForEach $parts {
        $text = Read-Shown $Part $Place
        Find-Secret $Part $text | Should -BeNullOrEmpty
        # Nothing that looks like a token or a part of one either.
        [regex]::Matches($text, 'eyJ[\w-]{10,}\.eyJ[\w-]{10,}').Count | Should -Be 0
        $text | Should -Not -Match 'Bearer [\w-]{20,}'
    }
}

Describe 'The search finds what is there' {
    It 'a <Kind> that is shown on purpose' -ForEach $kinds {
        Find-Secret Canary (Read-Shown Canary streams.txt) | Where-Object { $_ -like "$Kind (*" } |
            Should -Be "$Kind (base64)", "$Kind (percent)", "$Kind (plain)"
        foreach ($place in 'transcript.txt', 'errors.txt', 'events.txt', 'variables.txt') {
            Find-Secret Canary (Read-Shown Canary $place) | Should -Contain "$Kind (plain)" -Because "it is in $place"
        }
    }
}
