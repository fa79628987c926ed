BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $null = Connect-TestUser $emulator -Account patti@contoso.example
    $production = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1'

    function Get-PolicyWrite {
        # Changes of policies that reached the service.
        @(Get-Journal $emulator -Service arm -Method PATCH -PathLike '*roleManagementPolicies*')
    }

    function Get-EligibilityWrite {
        @(Get-Journal $emulator -Service arm -Method PUT -PathLike '*roleEligibilityScheduleRequests*')
    }

    function Get-WhatIf {
        # What -WhatIf says goes to the host alone.
        param([scriptblock] $Command)
        $file = Join-Path $TestDrive "transcript-$([guid]::NewGuid().ToString('N')).txt"
        $null = Start-Transcript $file
        try { & $Command } finally { $null = Stop-Transcript }
        (Get-Content -Raw $file) -replace '\s+', ' '
    }
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'Get-PIMDirectoryRoleAssignmentSetting' {
    It 'returns one flat object with the properties that scripts know, in their order' {
        $policy = Get-PIMDirectoryRoleAssignmentSetting -roleName 'Privileged Role Administrator'
        $policy.PSObject.Properties.Name | Should -BeExactly (Get-ContractOutput Get-PIMDirectoryRoleAssignmentSetting)
        $policy.PSObject.TypeNames | Should -Contain 'PIMStepUp.DirectoryRolePolicy'
        $policy.ActivationDuration | Should -Be 'PT4H'
        $policy.AuthenticationContext_Enabled | Should -BeTrue
        $policy.AuthenticationContext_Value | Should -Be 'c1'
        $policy.AllowPermanentEligibleAssignment | Should -BeExactly 'true'
        $policy.AllowPermanentActiveAssignment | Should -BeOfType [string]
        $policy.EnablementRules | Should -BeOfType [string]
        $policy.Approvers | Should -BeLike '@{"id"="*";"description"="*";"userType"="user"},'
    }

    It 'takes the id, and leaves RoleName empty then' {
        $policy = Get-PIMDirectoryRoleAssignmentSetting -roleId f2ef992c-3afb-46b9-b7cf-a126ee74c451
        $policy.RoleName | Should -BeExactly ''
        $policy.RoleID | Should -Be 'f2ef992c-3afb-46b9-b7cf-a126ee74c451'
    }

    It 'says that a role is not found, and which names are near' {
        $problem = { Get-PIMDirectoryRoleAssignmentSetting -roleName 'Global Raeder' } | Should -Throw -ErrorId 'RoleNotFound,Get-PIMDirectoryRoleAssignmentSetting' -PassThru
        $problem.Exception.Message | Should -BeExactly 'Role Global Raeder not found.'
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Global Reader*'
        $problem = { Get-PIMDirectoryRoleAssignmentSetting -roleId 00000000-0000-0000-0000-000000000000 } | Should -Throw -PassThru
        $problem.Exception.Message | Should -BeLike "PIM assignment settings for 00000000-0000-0000-0000-000000000000 role wasn't found*"
    }

    It 'escapes quotes in names (defect 21)' {
        Clear-Journal $emulator
        { Get-PIMDirectoryRoleAssignmentSetting -roleName "Owner's 'Reader'" } | Should -Throw -ErrorId 'RoleNotFound,*'
        @(Get-Journal $emulator -Service graph | Where-Object status -eq 400) | Should -BeNullOrEmpty
    }

    It 'asks which role is meant where several have the name (3.2: ids joined by a blank)' {
        Add-Fault $emulator @{ service = 'graph'; pathContains = 'roleDefinitions'; times = 1; status = 200; contentType = 'application/json'
            body = '{"value":[{"id":"a1","displayName":"Twin","templateId":"a1"},{"id":"b2","displayName":"Twin","templateId":"b2"}]}' }
        { Get-PIMDirectoryRoleAssignmentSetting -roleName Twin } | Should -Throw -ErrorId 'RoleAmbiguous,*'
    }
}
