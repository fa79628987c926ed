# What is named and does not exist, may not be seen, or fits several things; and writes that end half way.
BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $production = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1'
    $lee = '9a4e2d71-3c5b-4b8e-a1f6-7d2c8e5b9f66'
    $tier0 = 'd72eeff6-6729-4fbe-9c09-f09dd70e6d2d'

    function Start-Tenant {
        # Contoso, as the given user sees it, with a changed scenario.
        param([string] $Account = 'patti@contoso.example', [scriptblock] $Change)
        $scenario = Get-Content -Raw "$PSScriptRoot/../scenarios/contoso.json" | ConvertFrom-Json -AsHashtable
        if ($Change) { & $Change $scenario }
        $file = Join-Path $TestDrive "scenario-$([guid]::NewGuid().ToString('N')).json"
        ConvertTo-Json $scenario -Depth 20 | Set-Content $file
        $started = Start-PIMEmulator -Scenario $file
        $null = Connect-TestUser $started -Account $Account
        $started
    }

    function Get-EveryWrite {
        @(Get-Journal $emulator -Service arm | Where-Object { $_.method -in 'PUT', 'PATCH' })
    }
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'What does not exist' {
    BeforeAll { $emulator = Start-Tenant }

    It 'is an error for a group, which names the nearest, and the others are listed (3.6: was a warning)' {
        $slip = $tier0.Replace('6d2d', '6d2e')
        $all = @(Get-PIMGroupEligibleAssignment -groupId $slip, 'Tier 0 Operatrs', $tier0 -skipAssignmentSettings -ErrorVariable problems -ErrorAction SilentlyContinue)
        $all.Count | Should -Be 4
        @($problems).Count | Should -Be 2
        foreach ($problem in $problems) {
            $problem.FullyQualifiedErrorId | Should -Be 'GroupNotFound,Get-PIMGroupEligibleAssignment'
            $problem.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $problem.ErrorDetails.RecommendedAction | Should -BeLike "did you mean *Tier 0 Operators* (*$tier0*"
        }
        $problems.TargetObject | Sort-Object | Should -Be @(@($slip, 'Tier 0 Operatrs') | Sort-Object)
        { Get-PIMGroupEligibleAssignment -groupId 'Tier 0 Operators' -ErrorAction Stop } | Should -Throw -ErrorId 'GroupNotFound,*'
    }

    It 'still has the warning of old where nothing is listed' {
        Get-PIMGroupEligibleAssignment -groupId $lee -ErrorVariable problems -ErrorAction SilentlyContinue -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].Exception.Message | Should -BeLike '*is no group but a user'
        $warnings.Message | Should -Be 'None of the groups have PIM eligible assignments'
    }

    It 'is ScopeNotFound for <What>, with the nearest, in the words of old first' -ForEach @(
        @{ What = 'a subscription'; Scope = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e2'; Near = '*Contoso Production*' }
        @{ What = 'the name of a subscription'; Scope = 'Contoso Production'; Near = '*6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1*' }
        @{ What = 'a management group'; Scope = '/providers/Microsoft.Management/managementGroups/contoso-platfrom'; Near = '*contoso-platform*' }
        @{ What = 'a resource group'; Scope = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1/resourceGroups/rg-paymnts'; Near = '*rg-payments*' }
        @{ What = 'a resource'; Scope = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1/resourceGroups/rg-payments/providers/Microsoft.KeyVault/vaults/kv-contso'; Near = '*kv-contoso-pay*' }
    ) {
        Clear-Journal $emulator
        $calls = @{
            'Get-PIMResourceRoleAssignmentSetting'  = { Get-PIMResourceRoleAssignmentSetting -roleName Reader -scope $Scope }
            'Set-PIMResourceRoleAssignmentSetting'  = { Set-PIMResourceRoleAssignmentSetting -scope $Scope -roleName Reader -requireJustification $true }
            'New-PIMResourceEligibleRoleAssignment' = { New-PIMResourceEligibleRoleAssignment -scope $Scope -principalId $lee -roleName Reader }
        }
        foreach ($command in $calls.Keys) {
            $problem = $calls[$command] | Should -Throw -ErrorId "ScopeNotFound,$command" -PassThru
            $place = if ($command -like 'Get-*') { $Scope.TrimStart('/') } else { "/$($Scope.TrimStart('/'))" }
            $problem.Exception.Message | Should -BeLike "${command}: Role 'Reader' not found at scope '$place'. Error: *"
            $problem.ErrorDetails.RecommendedAction | Should -BeLike $Near
        }
        Get-EveryWrite | Should -BeNullOrEmpty
    }

    It 'is ScopeNotFound before a list of roles is shown' {
        Mock -ModuleName PIMStepUp Test-PimInteractive { $true }
        $scope = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e2'
        $problem = { Set-PIMResourceRoleAssignmentSetting -scope $scope -requireJustification $true } | Should -Throw -ErrorId 'ScopeNotFound,*' -PassThru
        $problem.Exception.Message | Should -BeLike "Set-PIMResourceRoleAssignmentSetting: No roles found at scope '$scope'. Error: *"
    }

    It 'is RoleNotFound for an id, with the nearest roles' {
        $problem = { New-PIMResourceEligibleRoleAssignment -scope $production -principalId $lee -roleDefinitionId Reader } | Should -Throw -ErrorId 'RoleNotFound,*' -PassThru
        $problem.ErrorDetails.RecommendedAction | Should -Be 'that is a display name: give the id `acdd72a7-3385-48ef-bd42-f606fba81ae7`'
        $problem = { Set-PIMResourceRoleAssignmentSetting -scope $production -roleId acdd72a7-3385-48ef-bd42-f606fba81ae8 -requireJustification $true } | Should -Throw -ErrorId 'RoleNotFound,*' -PassThru
        $problem.ErrorDetails.RecommendedAction | Should -BeLike 'did you mean *Reader*'
        $problem = { Get-PIMDirectoryRoleAssignmentSetting -roleId 'Global Reader' } | Should -Throw -ErrorId 'RoleNotFound,*' -PassThru
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*f2ef992c-3afb-46b9-b7cf-a126ee74c451*'
    }

    It 'is PrincipalNotFound for who shall be eligible, with the nearest of the scope' {
        foreach ($principal in '00000000-0000-4000-8000-000000000000', 'Adele Vanse', 'adele@contoso.example') {
            $problem = { New-PIMResourceEligibleRoleAssignment -scope $production -principalId $principal -roleName Reader } | Should -Throw -ErrorId 'PrincipalNotFound,*' -PassThru
            $problem.Exception.Message | Should -BeLike "New-PIMResourceEligibleRoleAssignment: Failed to create role eligibility assignment. *Error: the tenant has no principal *$principal*"
            if ($principal -like 'a*') { $problem.ErrorDetails.RecommendedAction | Should -BeLike '*0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44*' }
        }
    }

    It 'is told with the right that is needed where it may only be hidden' {
        Add-Fault $emulator @{ service = 'arm'; pathContains = 'roleDefinitions'; times = 1; status = 403; contentType = 'application/json'; body = '{"error":{"code":"AuthorizationFailed","message":"no"}}' }
        $problem = { Get-PIMResourceRoleAssignmentSetting -roleName Reader -scope $production } | Should -Throw -ErrorId 'AccessDenied,*' -PassThru
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Microsoft.Authorization/roleAssignments/read*'
        $adele = Connect-TestUser $emulator
        $problem = { Get-PIMDirectoryRoleEligibleAssignment -Context $adele } | Should -Throw -ErrorId 'AccessDenied,*' -PassThru
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Global Reader*Privileged Role Administrator*'
        $problem.ErrorDetails.RecommendedAction | Should -Not -BeLike '*eligible for the role*'
        $problem = { Set-PIMResourceRoleAssignmentSetting -scope $production -roleName Reader -requireJustification $true -Context $adele } | Should -Throw -ErrorId 'AccessDenied,*' -PassThru
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Owner or User Access Administrator*'
        $adele | Disconnect-PIM
    }
}

Describe 'A name that fits several roles' {
    It 'is a question for Get-, Set- and New-, and nothing is changed (3.12: ids joined by a blank; 3.17: the first)' {
        $emulator = Start-Tenant -Change { param($scenario) $scenario.pim.resourceRoles += @{ id = '99999999-2222-4333-8444-555555555555'; displayName = 'Reader' } }
        foreach ($call in { Get-PIMResourceRoleAssignmentSetting -roleName Reader -scope $production },
            { Set-PIMResourceRoleAssignmentSetting -scope $production -roleName Reader -requireJustification $true },
            { New-PIMResourceEligibleRoleAssignment -scope $production -principalId $lee -roleName Reader }) {
            $problem = $call | Should -Throw -ErrorId 'RoleAmbiguous,*' -PassThru
            $problem.Exception.Message | Should -BeLike '*99999999-2222-4333-8444-555555555555*'
        }
        Get-EveryWrite | Should -BeNullOrEmpty
        (Set-PIMResourceRoleAssignmentSetting -scope $production -roleId 99999999-2222-4333-8444-555555555555 -requireJustification $false -WarningAction SilentlyContinue).RequireJustification | Should -BeFalse
        $emulator | Stop-PIMEmulator
    }

    It 'is a question for activations, which names the ids, and the id answers it' {
        $emulator = Start-Tenant -Account adele@contoso.example
        $rows = foreach ($id in 'acdd72a7-3385-48ef-bd42-f606fba81ae7', '99999999-2222-4333-8444-555555555555') {
            @{ name = $id; properties = @{
                    scope = $production; roleDefinitionId = "$production/providers/Microsoft.Authorization/roleDefinitions/$id"; roleEligibilityScheduleId = $id; memberType = 'Direct'
                    expandedProperties = @{ roleDefinition = @{ displayName = 'Reader' }; scope = @{ displayName = 'Contoso Production'; type = 'subscription' } }
                }
            }
        }
        Add-Fault $emulator @{ service = 'arm'; method = 'GET'; pathContains = 'roleEligibilityScheduleInstances'; times = 2; status = 200; contentType = 'application/json'; body = (@{ value = @($rows) } | ConvertTo-Json -Depth 10) }
        $null = Invoke-PIMResourceRoleActivation @{ $production = 'Reader' } -justification x -ErrorVariable problems -ErrorAction SilentlyContinue
        Get-ErrorCode $problems[0] | Should -Be 'RoleAmbiguous'
        $problems[0].Exception.Message | Should -BeLike '*acdd72a7-3385-48ef-bd42-f606fba81ae7*'
        $problems[0].Exception.Message | Should -BeLike '*99999999-2222-4333-8444-555555555555*'
        Get-ActivationWrite $emulator arm | Should -BeNullOrEmpty
        $plan = Invoke-PIMResourceRoleActivation -RoleId 99999999-2222-4333-8444-555555555555 -Scope $production -justification x -WhatIf -PassThru
        $plan.RoleDefinitionId | Should -BeLike '*99999999-2222-4333-8444-555555555555'
        $emulator | Stop-PIMEmulator
    }

    It 'is one role where it is eligible twice at one scope, directly and through a group (defect 4)' {
        $emulator = Start-Tenant -Account adele@contoso.example -Change {
            param($scenario)
            $scenario.pim.resourceEligibilities += @{ principal = 'Storage Operators'; role = 'Reader'; scope = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1' }
        }
        @(Get-PIMMyEligibleResourceRole | Where-Object { $_.roleName -eq 'Reader' -and $_.scope -eq $production }).Count | Should -Be 2
        @(Invoke-PIMResourceRoleActivation @{ $production = 'Reader' }).Count | Should -Be 1
        $body = @(Get-ActivationWrite $emulator arm)[0].body.properties
        $body.linkedRoleEligibilityScheduleId | Should -BeOfType [string]
        $body.roleDefinitionId | Should -BeOfType [string]
        $emulator | Stop-PIMEmulator
    }
}

Describe 'Values of a policy' {
    BeforeAll { $emulator = Start-Tenant }
    BeforeEach { Clear-Journal $emulator }

    It 'are refused before anything is sent: <What>' -ForEach @(
        @{ What = 'a context that is no id'; Code = 'InvalidRequest'; With = @{ authenticationContextId = 'passkey' } }
        @{ What = 'a context beyond c99'; Code = 'InvalidRequest'; With = @{ authenticationContextId = 'c100' } }
        @{ What = 'a context that the tenant does not have'; Code = 'InvalidRequest'; With = @{ authenticationContextId = 'c77' } }
        @{ What = 'a context by default without an id'; Code = 'PolicyContradiction'; With = @{ requireAuthenticationContext = $true; authenticationContextId = '' } }
        @{ What = 'a context that shall not be needed'; Code = 'PolicyContradiction'; With = @{ requireAuthenticationContext = $false; authenticationContextId = 'c1' } }
        @{ What = 'an approver that is no id'; Code = 'InvalidRequest'; With = @{ requireApproval = $true; approverGroupIds = @('Operators') } }
        @{ What = 'approval without approvers'; Code = 'PolicyContradiction'; With = @{ requireApproval = $true } }
        @{ What = 'approvers without approval'; Code = 'PolicyContradiction'; With = @{ requireApproval = $false; approverGroupIds = @('4b7e9c2d-8a15-4f3e-9d60-5e1c7a3b2f99') } }
        @{ What = 'a negative duration'; Code = 'DurationInvalid'; With = @{ MaximumEligibleDuration = '-1.00:00:00' } }
        @{ What = 'two years'; Code = 'DurationInvalid'; With = @{ MaximumEligibleDuration = '730.00:00:00' } }
    ) {
        # Graph is signed in, so that contexts can be looked up without asking anybody.
        $null = Get-PIMAuthenticationContext
        $problem = { Set-PIMResourceRoleAssignmentSetting -scope $production -roleName 'Virtual Machine Contributor' @With } | Should -Throw -ErrorId "$Code,*" -PassThru
        $problem.Exception.Message | Should -BeLike 'Set-PIMResourceRoleAssignmentSetting: Failed to update role management policy. Error: *'
        $problem.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        Get-EveryWrite | Should -BeNullOrEmpty
    }
}

Describe 'Writes that end half way' {
    BeforeEach {
        $emulator = Start-Tenant
        $null = Set-PIMResourceRoleAssignmentSetting -scope $production -roleName Reader -allowPermanentAssignment $false -MaximumEligibleDuration 30.00:00:00 -WarningAction SilentlyContinue
        Clear-Journal $emulator
        $order = @{ scope = $production; principalId = $lee; roleName = 'Reader'; duration = 'P60D'; configurePIMSettings = $true; WarningAction = 'SilentlyContinue' }
    }
    AfterEach {
        Disconnect-PIM
        $emulator | Stop-PIMEmulator
    }

    It 'say that the policy was changed and nobody was made eligible' {
        Add-Fault $emulator @{ service = 'arm'; method = 'PUT'; pathContains = 'roleEligibilityScheduleRequests'; times = 1; status = 403; contentType = 'application/json'; body = '{"error":{"code":"AuthorizationFailed","message":"no"}}' }
        $problem = { New-PIMResourceEligibleRoleAssignment @order } | Should -Throw -ErrorId 'AccessDenied,*' -PassThru
        $problem.Exception.Message | Should -BeLike "New-PIMResourceEligibleRoleAssignment: Failed to create role eligibility assignment. Status: 403. Error: *. The role's policy had been changed before, and nobody was made eligible."
    }

    It 'say that the policy was changed and the rest is not known' {
        Add-Fault $emulator @{ service = 'arm'; method = 'PUT'; pathContains = 'roleEligibilityScheduleRequests'; times = 9; cut = $true }
        Add-Fault $emulator @{ service = 'arm'; method = 'GET'; pathContains = 'roleEligibilityScheduleRequests'; times = 50; status = 403; contentType = 'application/json'; body = '{"error":{"code":"AuthorizationFailed","message":"no"}}' }
        $problem = { New-PIMResourceEligibleRoleAssignment @order } | Should -Throw -PassThru
        $problem.Exception.Message | Should -BeLike '*whether somebody was made eligible is not known.'
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*before trying again*'
    }

    It 'say that neither was done where the policy cannot be changed' {
        Add-Fault $emulator @{ service = 'arm'; method = 'PATCH'; pathContains = 'roleManagementPolicies'; times = 1; status = 403; contentType = 'application/json'; body = '{"error":{"code":"AuthorizationFailed","message":"no"}}' }
        $problem = { New-PIMResourceEligibleRoleAssignment @order } | Should -Throw -ErrorId 'AccessDenied,*' -PassThru
        $problem.Exception.Message | Should -BeLike '*Failed to update role management policy. Status: 403. Error: *the policy is unchanged. Nobody was made eligible.'
        Get-EveryWrite | Where-Object method -eq 'PUT' | Should -BeNullOrEmpty
    }

    It 'leave the policy alone where more than the policy''s length is wrong' {
        Add-Fault $emulator @{ service = 'arm'; pathContains = 'roleManagementPolicyAssignments'; times = 1; status = 200; contentType = 'application/json'
            body = '{"value":[{"properties":{"policyId":"/p","effectiveRules":[{"id":"Expiration_Admin_Eligibility","isExpirationRequired":true,"maximumDuration":"P30D"},{"id":"Enablement_Admin_Eligibility","enabledRules":["Justification"]}]}}]}' }
        { New-PIMResourceEligibleRoleAssignment @order } | Should -Throw -ErrorId 'PolicyViolation,*'
        Get-EveryWrite | Should -BeNullOrEmpty
    }

    It 'tell of each activation of several whether it was done' {
        $adele = Connect-TestUser $emulator
        # One is refused, of one the answer is lost and cannot be looked up, two are taken.
        Add-Fault $emulator @{ service = 'graph'; method = 'POST'; pathContains = 'roleAssignmentScheduleRequests'; times = 1; status = 409; contentType = 'application/json'; body = '{"error":{"code":"Conflict","message":"no"}}' }
        Add-Fault $emulator @{ service = 'graph'; method = 'POST'; pathContains = 'roleAssignmentScheduleRequests'; times = 1; cut = $true; afterHandling = $true }
        Add-Fault $emulator @{ service = 'graph'; method = 'GET'; pathContains = 'roleAssignmentScheduleRequests'; times = 50; status = 403; contentType = 'application/json'; body = '{"error":{"code":"Denied","message":"no"}}' }
        $names = 'Reports Reader', 'Security Reader', 'Contoso Onboarding', 'Message Center Reader'
        $results = @(Invoke-PIMDirectoryRoleActivation $names -justification x -PassThru -NoPortal -Context $adele -ErrorVariable problems -ErrorAction SilentlyContinue -WarningAction SilentlyContinue)
        $results.Count | Should -Be 4
        @($results | Where-Object ActivationStatus -eq 'Failed').Count | Should -Be 1
        @($results | Where-Object ActivationStatus -eq 'Unconfirmed').Count | Should -Be 1
        @($results | Where-Object ActivationStatus -in 'Activated', 'Accepted').Count | Should -Be 2
        foreach ($result in $results | Where-Object ActivationStatus -in 'Failed', 'Unconfirmed') {
            @($problems | Where-Object { $_.Exception.Message -like "*'$($result.RoleName)'*" }).Count | Should -BeGreaterThan 0
        }
    }
}
