BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'The pick list' {
    BeforeAll {
        $emulator = Start-PIMEmulator
        $null = Connect-TestUser $emulator
    }
    BeforeEach {
        Clear-Journal $emulator
        Mock -ModuleName PIMStepUp Write-Host { }
    }

    It 'is not shown by a host that cannot ask (defect 7)' {
        Mock -ModuleName PIMStepUp Test-PimInteractive { $false }
        { Invoke-PIMDirectoryRoleActivation } | Should -Throw -ErrorId 'InvalidRequest,Invoke-PIMDirectoryRoleActivation'
        { Invoke-PIMResourceRoleActivation } | Should -Throw -ErrorId 'InvalidRequest,Invoke-PIMResourceRoleActivation'
    }

    It 'activates what is picked, after a wrong answer' {
        Mock -ModuleName PIMStepUp Test-PimInteractive { $true }
        $names = @(Get-PIMMyEligibleDirectoryRole | Sort-Object RoleName)
        $number = [array]::IndexOf(@($names.RoleName), 'Reports Reader') + 1
        $global:pimAnswers = [System.Collections.Queue]::new(@('x', '0', '999', "$number"))
        Mock -ModuleName PIMStepUp Read-Host { $global:pimAnswers.Dequeue() }
        (Invoke-PIMDirectoryRoleActivation).RoleName | Should -Be 'Reports Reader'
        $global:pimAnswers.Count | Should -Be 0
        Remove-Variable -Name pimAnswers -Scope Global
    }

    It 'activates nothing when it is left without an answer (defect 7)' {
        Mock -ModuleName PIMStepUp Test-PimInteractive { $true }
        Mock -ModuleName PIMStepUp Read-Host { '' }
        Invoke-PIMDirectoryRoleActivation | Should -BeNullOrEmpty
        Invoke-PIMResourceRoleActivation -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings.Message | Should -Be 'No roles selected.'
        @(Get-ActivationWrite $emulator graph).Count + @(Get-ActivationWrite $emulator arm).Count | Should -Be 0
    }

    It 'is <Grid> where that exists: title, columns, order, and each role once' -ForEach @{ Grid = 'Out-GridView' }, @{ Grid = 'Out-ConsoleGridView' } {
        Mock -ModuleName PIMStepUp Test-PimInteractive { $true }
        $shown = @{ Rows = [System.Collections.Generic.List[object]]::new() }
        $global:pimShown = $shown
        # No grid can be opened here: this one notes what it is given, and picks the first two rows.
        Set-Item "function:global:$Grid" {
            param([Parameter(ValueFromPipeline)] $InputObject, [string] $Title, [string] $OutputMode)
            begin { $global:pimShown.Title = $Title; $global:pimShown.Mode = $OutputMode }
            process { $global:pimShown.Rows.Add($InputObject); if ($global:pimShown.Rows.Count -le 2) { $InputObject } }
        }
        try {
            $picked = @(& (Get-Module PIMStepUp) { Get-PimPickedRole -Kind directory })
            $shown.Title | Should -BeExactly 'Select role(s) to activate'
            $shown.Mode | Should -Be 'Multiple'
            $shown.Rows[0].PSObject.Properties.Name | Should -BeExactly 'RoleName', 'directoryScopeId', 'roleDefinitionId'
            $shown.Rows.RoleName | Should -Be @($shown.Rows.RoleName | Sort-Object)
            $picked.Count | Should -Be 2
            $picked.RoleName | Should -Be @($shown.Rows[0, 1].RoleName)
            $picked[0].PSObject.TypeNames | Should -Contain 'PIMStepUp.DirectoryRole'
            $shown.Rows.Clear()
            $null = & (Get-Module PIMStepUp) { Get-PimPickedRole -Kind resource }
            $shown.Rows[0].PSObject.Properties.Name | Should -BeExactly 'scope', 'ScopeType', 'ScopeName', 'roleName', 'roleDefinitionId', 'id'
            Should -Invoke -ModuleName PIMStepUp Write-Host -Times 0
        } finally {
            Remove-Item "function:$Grid"
            Remove-Variable -Name pimShown -Scope Global
        }
    }

    It 'takes one number where one role is wanted' {
        $global:pimAnswers = [System.Collections.Queue]::new(@('1,2', '2'))
        Mock -ModuleName PIMStepUp Read-Host { $global:pimAnswers.Dequeue() }
        & (Get-Module PIMStepUp) { Select-PimItem -Items 'a', 'b' -Title 't' -Single -Describe { $args[0] } } | Should -Be 'b'
        Remove-Variable -Name pimAnswers -Scope Global
    }

    It 'reads numbers and ranges' -ForEach @(
        @{ Text = '1,3-5'; Expected = 1, 3, 4, 5 }
        @{ Text = ' 2  2 '; Expected = @(2) }
        @{ Text = '6'; Expected = @() }
        @{ Text = '5-3'; Expected = @() }
        @{ Text = '1,a'; Expected = @() }
    ) {
        @(& (Get-Module PIMStepUp) { ConvertFrom-PimNumberList -Text $args[0] -Maximum 5 } $Text) | Should -Be $Expected
    }
}

Describe 'The portal' {
    It 'is not opened for a cloud that has none' {
        $emulator = Start-PIMEmulator
        $null = Connect-TestUser $emulator
        Mock -ModuleName PIMStepUp Start-Process { }
        Mock -ModuleName PIMStepUp Test-PimInteractive { $true }
        Add-Fault $emulator @{ service = 'graph'; method = 'POST'; pathContains = 'roleAssignmentScheduleRequests'; times = 20; status = 403; contentType = 'application/json'; body = '{"error":{"code":"Denied","message":"no"}}' }
        $null = Invoke-PIMDirectoryRoleActivation 'Reports Reader', 'Security Reader' -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        Should -Invoke -ModuleName PIMStepUp Start-Process -Times 0
        Disconnect-PIM
        $emulator | Stop-PIMEmulator
    }

    It 'is opened once, at the first refusal by the service, and not with -NoPortal' {
        $emulator = Start-PIMEmulator
        $null = Connect-TestUser $emulator
        Mock -ModuleName PIMStepUp Open-PimPortal { }
        Add-Fault $emulator @{ service = 'graph'; method = 'POST'; pathContains = 'roleAssignmentScheduleRequests'; times = 50; status = 403; contentType = 'application/json'; body = '{"error":{"code":"Denied","message":"no"}}' }
        $null = Invoke-PIMDirectoryRoleActivation 'Reports Reader', 'Security Reader', 'Contoso Onboarding' 'x' -NoPortal -ErrorAction SilentlyContinue
        Should -Invoke -ModuleName PIMStepUp Open-PimPortal -Times 0 -Exactly
        # A role that is refused here, by its policy, is no reason.
        $null = Invoke-PIMDirectoryRoleActivation 'License Administrator' 'x' -ErrorAction SilentlyContinue
        Should -Invoke -ModuleName PIMStepUp Open-PimPortal -Times 0 -Exactly
        $null = Invoke-PIMDirectoryRoleActivation 'Reports Reader', 'Security Reader', 'Contoso Onboarding' 'x' -ErrorAction SilentlyContinue
        Should -Invoke -ModuleName PIMStepUp Open-PimPortal -Times 1 -Exactly
        Disconnect-PIM
        $emulator | Stop-PIMEmulator
    }

    It 'has the page of the kind of role (defect 22), and is for interactive hosts' -ForEach @(
        @{ Kind = 'directory'; Page = '*aadmigratedroles*' }
        @{ Kind = 'resource'; Page = '*azurerbac*' }
    ) {
        Mock -ModuleName PIMStepUp Start-Process { }
        Mock -ModuleName PIMStepUp Invoke-PimCore { [pscustomobject] @{ cloud = 'Global' } }
        foreach ($interactive in $false, $true) {
            Mock -ModuleName PIMStepUp Test-PimInteractive { $interactive }.GetNewClosure()
            InModuleScope PIMStepUp -Parameters @{ Kind = $Kind } {
                function Open-It { [CmdletBinding()] param($Kind) Open-PimPortal -Cmdlet $PSCmdlet -Session 1 -Kind $Kind }
                Open-It $Kind 3> $null
            }
            Should -Invoke -ModuleName PIMStepUp Start-Process -Times ([int] $interactive) -Exactly -ParameterFilter { $FilePath -like 'https://portal.azure.com/*' -and $FilePath -like $Page }
        }
    }
}
