# A role behind a passkey, activated through a real browser: refused, stepped up once, active.

BeforeAll {
    $root = Split-Path (Split-Path $PSScriptRoot)
    $pictures = Join-Path $root out browser
    $account = 'adele@contoso.example'
    Import-Module (Join-Path $root out PIMStepUp PIMStepUp.psd1)
    Import-Module (Join-Path $PSScriptRoot Browser.psm1)
    Remove-Item -LiteralPath $pictures -Recurse -Force -ErrorAction Ignore

    function Get-Journal {
        param([int] $After, [string] $Service, [string] $Method, [string] $PathLike = '*')
        Invoke-RestMethod "$($emulator.Control)/journal" -NoProxy | ForEach-Object { $_ } | Where-Object {
            $_.sequence -gt $After -and (-not $Service -or $_.service -eq $Service) -and (-not $Method -or $_.method -eq $Method) -and $_.path -like $PathLike
        }
    }

    function Get-LastSequence { [int] (Get-Journal | Measure-Object sequence -Maximum).Maximum }

    $emulator = Start-PIMEmulator
    $browser = Start-Browser
    $empty = Join-Path $TestDrive blank.png
    Save-Screenshot $browser.SessionUrl $empty
    $blank = (Get-Item -LiteralPath $empty).Length
    $connection = @{
        Environment = $emulator; Resource = 'Graph', 'Arm'
        BrowserCommand = Get-BrowserCommand -Browser $browser -Account $account -Pictures $pictures
    }
    $context = Connect-PIM @connection
}

AfterAll {
    if ($emulator) { Stop-PIMEmulator $emulator }
    if ($browser) { Stop-Browser $browser }
    Remove-Module PIMStepUp, Browser -ErrorAction Ignore
}

Describe 'a step-up in a real browser' {
    It 'signs in without a passkey first' {
        $context.Account | Should -Be $account
        @($context.Tokens.AuthenticationContexts) | Should -BeNullOrEmpty
        Get-Passkey $browser | Should -BeNullOrEmpty
    }

    It 'is refused with a claims challenge, registers and uses a passkey, and activates a directory role' {
        $before = Get-LastSequence
        # Where the policy cannot be read, only the service's refusal tells what the role wants.
        $fault = @{ service = 'graph'; pathContains = 'roleManagementPolicyAssignments'; times = 1000; status = 403; body = @{ error = @{ code = 'Authorization_RequestDenied'; message = 'no' } } }
        $null = Invoke-RestMethod "$($emulator.Control)/faults" -Method Post -Body ($fault | ConvertTo-Json -Depth 4) -ContentType application/json -NoProxy

        $result = Invoke-PIMDirectoryRoleActivation 'Security Administrator' -justification 'browser test' -PassThru -NoPortal

        $result.ActivationStatus | Should -Be Activated
        $result.SteppedUp | Should -BeTrue
        @(Get-Passkey $browser).Count | Should -Be 1

        $writes = @(Get-Journal $before graph POST '*/roleAssignmentScheduleRequests')
        $writes.status | Should -Be 400, 201
        $writes[0].challenge | Should -BeTrue
        $writes[1].tokenContexts | Should -Be c1
        @(Get-Journal $before login GET '*/authorize').Count | Should -Be 1
    }

    It 'activates a resource role with the same browser' {
        $before = Get-LastSequence

        $result = Invoke-PIMResourceRoleActivation -RoleName Contributor -Scope 'Contoso Production' -justification 'browser test' -PassThru -NoPortal

        $result.ActivationStatus | Should -Be Activated
        @(Get-Journal $before arm PUT '*roleAssignmentScheduleRequests*')[-1].tokenContexts | Should -Be c1
        @(Get-Journal $before login GET '*/authorize').Count | Should -Be 1
    }

    It 'sends nothing that the services object to' {
        Get-Journal | Where-Object { $_.psobject.Properties['violation'] } | ForEach-Object violation | Should -BeNullOrEmpty
    }

    It 'leaves a picture of the page <_>' -ForEach 'pick-account', 'sign-in', 'passkey', 'done' {
        $files = @(Get-ChildItem -LiteralPath $pictures -Filter "*-$_.png")
        $files.Count | Should -BeGreaterThan 0
        foreach ($file in $files) { $file.Length | Should -BeGreaterThan (2 * $blank) }
    }
}
