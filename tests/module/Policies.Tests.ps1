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
        $problem.Exception.Message | Should -BeLike "PIM assignment settings for 00000000-0000-0000-0000-000000000000 role wasn't found?!"
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

Describe 'Get-PIMResourceRoleAssignmentSetting' {
    It 'returns the policy''s properties as the service sends them' {
        $policy = Get-PIMResourceRoleAssignmentSetting -roleName contributor -scope $production
        $policy.PSObject.TypeNames | Should -Contain 'PIMStepUp.ResourceRolePolicy'
        $policy.scope | Should -Be $production
        ($policy.effectiveRules | Where-Object id -eq 'AuthenticationContext_EndUser_Assignment').claimValue | Should -Be 'c1'
        ($policy.rules | Where-Object id -eq 'Expiration_EndUser_Assignment').maximumDuration | Should -Be 'PT8H'
    }

    It 'takes the id, and a scope with or without slashes at its ends (3.12)' {
        $policy = Get-PIMResourceRoleAssignmentSetting -roleId b24988ac-6180-42a0-ab88-20f7382dd24c -scope "$production/".TrimStart('/')
        $policy.scope | Should -Be $production
        { Get-PIMResourceRoleAssignmentSetting -roleId contributor -scope $production } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
    }

    It 'says that a role is not found, and which names are near' {
        $problem = { Get-PIMResourceRoleAssignmentSetting -roleName Contributer -scope $production } | Should -Throw -ErrorId 'RoleNotFound,Get-PIMResourceRoleAssignmentSetting' -PassThru
        $problem.Exception.Message | Should -BeExactly "Get-PIMResourceRoleAssignmentSetting: Role 'Contributer' not found at scope '$($production.TrimStart('/'))'."
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Contributor*'
    }

    It 'is an error where there is no policy, not a lone $null (defect 13)' {
        Add-Fault $emulator @{ service = 'arm'; pathContains = 'roleManagementPolicyAssignments'; times = 1; status = 200; contentType = 'application/json'; body = '{"value":[]}' }
        { Get-PIMResourceRoleAssignmentSetting -roleName Contributor -scope $production } | Should -Throw -ErrorId 'PolicyNotFound,*'
    }
}

Describe 'Set-PIMResourceRoleAssignmentSetting' {
    BeforeEach {
        $emulator = Start-PIMEmulator
        $null = Connect-TestUser $emulator -Account patti@contoso.example
        $target = @{ scope = $production; roleName = 'Virtual Machine Contributor' }
    }
    AfterEach {
        Disconnect-PIM
        $emulator | Stop-PIMEmulator
    }

    It 'changes only what is named, and keeps what else the rule demands (defect 8)' {
        $before = Get-PIMResourceRoleAssignmentSetting @target
        Clear-Journal $emulator
        $result = Set-PIMResourceRoleAssignmentSetting @target -requireJustification $false -WarningVariable warnings -WarningAction SilentlyContinue
        $result.PSObject.Properties.Name | Should -BeExactly @((Get-ContractOutput Set-PIMResourceRoleAssignmentSetting) + 'Changes')
        $result.RequireJustification | Should -BeFalse
        $warnings.Message | Should -BeExactly ("PIM assignment settings changed for role 'Virtual Machine Contributor' at scope '$production':" +
            [System.Environment]::NewLine + '  - Require justification: True -> False')
        @((Get-PolicyWrite)[0].body.properties.rules.id) | Should -Be 'Enablement_EndUser_Assignment'
        $after = Get-PIMResourceRoleAssignmentSetting @target
        ($after.rules | Where-Object id -eq 'Enablement_EndUser_Assignment').enabledRules | Should -Be 'Ticketing'
        foreach ($rule in $before.rules | Where-Object id -ne 'Enablement_EndUser_Assignment') {
            ($after.rules | Where-Object id -eq $rule.id) | ConvertTo-Json -Depth 20 | Should -Be ($rule | ConvertTo-Json -Depth 20)
        }
    }

    It 'resets nothing where nothing is named (defect 8)' {
        $result = Set-PIMResourceRoleAssignmentSetting -scope $production -roleName 'User Access Administrator' -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Message | Should -BeExactly "No changes detected in PIM assignment settings for role 'User Access Administrator' at scope '$production'."
        $result.RequireApproval | Should -BeTrue
        $result.AuthenticationContextId | Should -Be 'c1'
        @(Get-PolicyWrite).Count | Should -Be 0
    }

    It 'demands the id of a context (defect 8)' {
        { Set-PIMResourceRoleAssignmentSetting @target -requireAuthenticationContext $true } | Should -Throw -ErrorId 'PolicyContradiction,*'
        @(Get-PolicyWrite).Count | Should -Be 0
        $result = Set-PIMResourceRoleAssignmentSetting @target -requireAuthenticationContext $true -authenticationContextId c2 -WarningVariable warnings -WarningAction SilentlyContinue
        $result.AuthenticationContextId | Should -Be 'c2'
        $warnings.Message | Should -BeLike '*  - Require authentication context: False -> True*  - Authentication context ID:  -> c2*'
    }

    It 'reports a change of approval alone, and takes users and groups (defect 8)' {
        { Set-PIMResourceRoleAssignmentSetting @target -requireApproval $true } | Should -Throw -ErrorId 'PolicyContradiction,*'
        $group, $user = '4b7e9c2d-8a15-4f3e-9d60-5e1c7a3b2f99', '5e1a7c3d-9b2f-4f6a-8c4d-3a9f0b6e7d55'
        $result = Set-PIMResourceRoleAssignmentSetting @target -requireApproval $true -approverGroupIds $group -ApproverUserIds $user -WarningVariable warnings -WarningAction SilentlyContinue
        $result.RequireApproval | Should -BeTrue
        $warnings.Message | Should -BeLike '*  - Require approval: False -> True*'
        $stage = (Get-PolicyWrite)[0].body.properties.rules[0].setting.approvalStages[0]
        $stage.primaryApprovers.id | Should -Be $group, $user
    }

    It 'sets whether and for how long eligibility may last' {
        $result = Set-PIMResourceRoleAssignmentSetting @target -allowPermanentAssignment $false -MaximumEligibleDuration 90.00:00:00 -WarningAction SilentlyContinue
        $result.AllowPermanentAssignment | Should -BeFalse
        ($result.Changes | Where-Object Name -eq 'maximumEligibleDuration').New | Should -Be 'P90D'
    }

    It 'shows before and after with -WhatIf, and changes nothing (defect 8)' {
        $text = Get-WhatIf { Set-PIMResourceRoleAssignmentSetting @target -requireJustification $false -WhatIf }
        $text | Should -BeLike '*Require justification: True -> False*Virtual Machine Contributor*'
        @(Get-PolicyWrite).Count | Should -Be 0
    }

    It 'says what the service answered where it refuses' {
        Add-Fault $emulator @{ service = 'arm'; method = 'PATCH'; pathContains = 'roleManagementPolicies'; times = 1; status = 403; contentType = 'application/json'; body = '{"error":{"code":"AuthorizationFailed","message":"not you"}}' }
        $problem = { Set-PIMResourceRoleAssignmentSetting @target -requireJustification $false } | Should -Throw -ErrorId 'AccessDenied,*' -PassThru
        $problem.Exception.Message | Should -BeLike 'Set-PIMResourceRoleAssignmentSetting: Failed to update role management policy. Status: 403. Error: *'
    }

    It 'lets the user pick the role: title, columns, order, one choice' {
        Mock -ModuleName PIMStepUp Test-PimInteractive { $true }
        $shown = @{ Rows = [System.Collections.Generic.List[object]]::new() }
        $global:pimShown = $shown
        function global:Out-GridView {
            param([Parameter(ValueFromPipeline)] $InputObject, [string] $Title, [string] $OutputMode)
            begin { $global:pimShown.Title = $Title; $global:pimShown.Mode = $OutputMode }
            process { $global:pimShown.Rows.Add($InputObject); if ($InputObject.RoleName -eq 'Reader') { $InputObject } }
        }
        try {
            $result = Set-PIMResourceRoleAssignmentSetting -scope $production -requireJustification $true -WarningVariable warnings -WarningAction SilentlyContinue
            $result.RequireJustification | Should -BeTrue
            $warnings.Message | Should -BeLike "*role 'Reader' at scope*"
            $shown.Title | Should -BeExactly "Select IAM role for scope: $production"
            $shown.Mode | Should -Be 'Single'
            $shown.Rows[0].PSObject.Properties.Name | Should -BeExactly 'RoleName', 'Description', 'Id'
            $shown.Rows.RoleName | Should -Be @($shown.Rows.RoleName | Sort-Object)
            $shown.Rows[0].Id | Should -Match '^[0-9a-f-]{36}$'
        } finally {
            Remove-Item function:Out-GridView
            Remove-Variable -Name pimShown -Scope Global
        }
    }

    It 'changes nothing where no role is picked, and shows no list in a host that cannot ask' {
        Mock -ModuleName PIMStepUp Write-Host { }
        Mock -ModuleName PIMStepUp Test-PimInteractive { $true }
        Mock -ModuleName PIMStepUp Read-Host { '' }
        $problem = { Set-PIMResourceRoleAssignmentSetting -scope $production -requireJustification $false } | Should -Throw -PassThru
        $problem.Exception.Message | Should -BeExactly 'Set-PIMResourceRoleAssignmentSetting: No role selected.'
        Mock -ModuleName PIMStepUp Test-PimInteractive { $false }
        { Set-PIMResourceRoleAssignmentSetting -scope $production -requireJustification $false } | Should -Throw -ErrorId 'InvalidRequest,*'
        @(Get-PolicyWrite).Count | Should -Be 0
    }
}

Describe 'New-PIMResourceEligibleRoleAssignment' {
    BeforeEach {
        $emulator = Start-PIMEmulator
        $null = Connect-TestUser $emulator -Account patti@contoso.example
        $lee = '9a4e2d71-3c5b-4b8e-a1f6-7d2c8e5b9f66'
        $target = @{ scope = $production; principalId = $lee; roleName = 'Reader' }
    }
    AfterEach {
        Disconnect-PIM
        $emulator | Stop-PIMEmulator
    }

    It 'makes somebody eligible for a year, and returns the service''s answer' {
        $result = @(New-PIMResourceEligibleRoleAssignment @target -justification audit)
        $result.Count | Should -Be 1
        $result[0].PSObject.Properties.Name | Should -BeExactly (Get-ContractOutput New-PIMResourceEligibleRoleAssignment)
        $result[0].PSObject.TypeNames | Should -Contain 'PIMStepUp.ResourceEligibilityRequest'
        $result[0].PrincipalId | Should -Be $lee
        $result[0].RequestType | Should -Be 'AdminAssign'
        $result[0].ExpirationType | Should -Be 'AfterDuration'
        $result[0].ExpirationDuration | Should -Be 'P365D'
        $body = (Get-EligibilityWrite)[0].body.properties
        $body.justification | Should -Be 'audit'
        ([datetime]::UtcNow - ([datetime] $body.scheduleInfo.startDateTime).ToUniversalTime()).TotalMinutes | Should -BeLessThan 5
    }

    It 'takes a full id, a start and no end' {
        $start = (Get-Date).AddDays(1)
        $id = "$production/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
        $result = New-PIMResourceEligibleRoleAssignment -scope $production -principalId $lee -roleDefinitionId $id -startDateTime $start -permanent
        $result.ExpirationType | Should -Be 'NoExpiration'
        $result.RoleDefinitionId | Should -Be $id
        ([datetime] $result.StartDateTime).ToUniversalTime() | Should -BeGreaterThan ([datetime]::UtcNow.AddHours(23))
    }

    It 'emits one object with -configurePIMSettings, changes no more of the policy than it must, and of the right role (defect 9)' {
        $null = Set-PIMResourceRoleAssignmentSetting -scope $production -roleName Reader -allowPermanentAssignment $false -MaximumEligibleDuration 30.00:00:00 -WarningAction SilentlyContinue
        { New-PIMResourceEligibleRoleAssignment @target } | Should -Throw -ErrorId 'DurationTooLong,*'
        @(Get-EligibilityWrite).Count | Should -Be 0
        Clear-Journal $emulator
        $result = @(New-PIMResourceEligibleRoleAssignment -scope $production -principalId $lee -roleDefinitionId acdd72a7-3385-48ef-bd42-f606fba81ae7 -duration P60D -configurePIMSettings -WarningVariable warnings -WarningAction SilentlyContinue)
        $result.Count | Should -Be 1
        $result[0].ExpirationDuration | Should -Be 'P60D'
        @((Get-PolicyWrite)[0].body.properties.rules.id) | Should -Be 'Expiration_Admin_Eligibility'
        $warnings.Message | Should -BeLike '*  - Maximum eligible duration: P30D -> P60D*'
        (Set-PIMResourceRoleAssignmentSetting -scope $production -roleName Reader -WarningAction SilentlyContinue).AllowPermanentAssignment | Should -BeFalse
    }

    It 'leaves the policy alone where the assignment cannot succeed, or needs no change (3.17, defect 3)' {
        { New-PIMResourceEligibleRoleAssignment -scope $production -principalId $lee -roleName Raeder -configurePIMSettings } | Should -Throw -ErrorId 'RoleNotFound,*'
        $null = New-PIMResourceEligibleRoleAssignment @target -configurePIMSettings
        @(Get-PolicyWrite).Count | Should -Be 0
    }

    It 'says in words that scripts know what is wrong' {
        $problem = { New-PIMResourceEligibleRoleAssignment -scope $production -principalId $lee -roleName Raeder } | Should -Throw -PassThru
        $problem.Exception.Message | Should -BeExactly "New-PIMResourceEligibleRoleAssignment: Role 'Raeder' not found at scope '$production'."
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Reader*'
        $null = New-PIMResourceEligibleRoleAssignment @target
        $problem = { New-PIMResourceEligibleRoleAssignment @target } | Should -Throw -ErrorId 'RoleAssignmentExists,*' -PassThru
        $problem.Exception.Message | Should -BeLike 'New-PIMResourceEligibleRoleAssignment: Failed to create role eligibility assignment. Status: 4*. Error: *'
        { New-PIMResourceEligibleRoleAssignment -scope $production -principalId lee -roleName Reader } | Should -Throw -ErrorId 'PrincipalNotFound,*'
        { New-PIMResourceEligibleRoleAssignment @target -duration 'a year' } | Should -Throw -ErrorId 'DurationInvalid,*'
    }

    It 'accepts 202 as it accepts 201 (3.17: a failure)' {
        $name = [guid]::NewGuid()
        Add-Fault $emulator @{ service = 'arm'; method = 'PUT'; pathContains = 'roleEligibilityScheduleRequests'; times = 1; status = 202; contentType = 'application/json'
            body = "{`"name`":`"$name`",`"id`":`"$production/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/$name`",`"properties`":{`"status`":`"Accepted`",`"requestType`":`"AdminAssign`"}}" }
        (New-PIMResourceEligibleRoleAssignment @target).Status | Should -Be 'Accepted'
    }

    It 'answers a challenge once (3.17: an error)' {
        $challenge = '{"error":{"code":"RoleAssignmentRequestAcrsValidationFailed","message":"&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c1%22%7D%7D%7D"}}'
        Add-Fault $emulator @{ service = 'arm'; method = 'PUT'; pathContains = 'roleEligibilityScheduleRequests'; times = 1; status = 400; contentType = 'application/json'; body = $challenge }
        (New-PIMResourceEligibleRoleAssignment @target).PrincipalId | Should -Be $lee
        @(Get-EligibilityWrite).status | Should -Be 400, 201
    }

    It 'assigns nothing with -WhatIf, and says what it would' {
        $text = Get-WhatIf { New-PIMResourceEligibleRoleAssignment @target -duration P30D -WhatIf }
        $text | Should -BeLike "*$lee eligible for P30D*role 'Reader'*"
        @(Get-EligibilityWrite).Count | Should -Be 0
    }

    It 'assigns nothing where no role is picked' {
        Mock -ModuleName PIMStepUp Write-Host { }
        Mock -ModuleName PIMStepUp Test-PimInteractive { $true }
        Mock -ModuleName PIMStepUp Read-Host { '' }
        { New-PIMResourceEligibleRoleAssignment -scope $production -principalId $lee } | Should -Throw -ErrorId 'Cancelled,*'
        @(Get-EligibilityWrite).Count | Should -Be 0
    }
}
