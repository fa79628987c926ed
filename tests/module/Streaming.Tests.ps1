BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $null = Connect-TestUser $emulator
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'While a call runs' {
    It 'verbose lines come as they happen' {
        $lines = @(Get-PIMAccessToken -Force -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] })
        $lines.Count | Should -BeGreaterThan 0
    }

    It 'a stopped pipeline returns within a slice, though the service takes a minute' {
        Add-Fault $emulator @{ service = 'graph'; pathContains = '/v1.0/slow'; times = 1; delayMs = 60000 }
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript({
                    param($manifest, $emulator, $browser)
                    Import-Module $manifest
                    $null = Connect-PIM -Environment $emulator -BrowserCommand $browser
                    Write-Information ready
                    Invoke-PIMRestMethod /v1.0/slow
                }).AddArgument($Manifest).AddArgument($emulator).AddArgument(@($emulator.BrowserCommand + '--account' + 'adele@contoso.example'))
            $running = $shell.BeginInvoke()
            # The request has reached the service when the call is stopped.
            $until = [datetime]::UtcNow.AddSeconds(30)
            while (@($shell.Streams.Information | ForEach-Object { "$_" }) -notcontains 'ready' -and [datetime]::UtcNow -lt $until) { $null = $running.AsyncWaitHandle.WaitOne(50) }
            @($shell.Streams.Information | ForEach-Object { "$_" }) | Should -Contain 'ready'
            $null = $running.AsyncWaitHandle.WaitOne(300)
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $clock.ElapsedMilliseconds | Should -BeLessThan 2000
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        } finally {
            $shell.Dispose()
        }
    }

    It 'a pipeline that has had enough ends the call' {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        @(Invoke-PIMRestMethod '/v1.0/roleManagement/directory/roleDefinitions' -All | Select-Object -First 1).Count | Should -Be 1
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        # The session is good for the next call.
        (Invoke-PIMRestMethod /v1.0/me).userPrincipalName | Should -Be 'adele@contoso.example'
    }

    It 'a long list comes row by row, in a tenant of any size, and waits for a slow pipeline' {
        $scenario = Join-Path $TestDrive 'large.json'
        Start-Process $emulator.BrowserCommand[0] -ArgumentList 'generate', '--eligibilities', '5000', '--page-size', '200' -RedirectStandardOutput $scenario -Wait
        $large = Start-PIMEmulator -Scenario $scenario
        try {
            $context = Connect-TestUser $large -Account patti@contoso.example
            @(Get-PIMDirectoryRoleEligibleAssignment -Context $context | Select-Object -First 3).Count | Should -Be 3
            @(Get-Journal $large -Service graph).Count | Should -BeLessThan 12 -Because 'nobody takes the rest'
            $ids = @(Get-PIMDirectoryRoleEligibleAssignment -Context $context | ForEach-Object { if ($_.id -like '*0*') { [System.Threading.Thread]::Sleep(1) }; $_.id })
            $ids.Count, @($ids | Sort-Object -Unique).Count | Should -Be 5000, 5000
        } finally {
            $large | Stop-PIMEmulator
            # The default session is that of the last sign-in.
            $null = Connect-TestUser $emulator
        }
    }

    It 'a warning preference of Stop ends the command and not the session' {
        { Invoke-PIMDirectoryRoleActivation 'No Such Role' -WarningAction Stop } | Should -Throw
        (Get-PIMContext).IsConnected | Should -BeTrue
    }
}

Describe 'Several runspaces' {
    It 'share a session that is handed over, and keep their own default' {
        $context = Get-PIMContext
        $names = 1..3 | ForEach-Object -Parallel {
            Import-Module $using:Manifest
            $default = Get-PIMContext
            (Invoke-PIMRestMethod /v1.0/me -Context $using:context).userPrincipalName
            if ($default) { throw 'the default session leaked' }
        }
        $names | Should -Be (@('adele@contoso.example') * 3)
    }
}

Describe 'Common parameters' {
    It '-Debug shows and does not ask' {
        $records = @(Get-PIMAccessToken -Force -Debug *>&1)
        @($records | Where-Object { $_ -is [securestring] }).Count | Should -Be 1
    }
}
