BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $production = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1'
    $development = '/subscriptions/a3c8e5f0-7d14-4a62-b9f3-0e5d6c2b8f12'
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'Resource roles' {
    BeforeEach {
        $emulator = Start-PIMEmulator
        $null = Connect-TestUser $emulator
        Clear-Journal $emulator
    }
    AfterEach {
        Disconnect-PIM
        $emulator | Stop-PIMEmulator
    }

    It 'returns the six properties of old first, then ours' {
        $result = Invoke-PIMResourceRoleActivation @{ $production = 'Contributor' } 'release' 2
        @($result.PSObject.Properties.Name)[0..5] | Should -Be 'RoleName', 'ScopeId', 'Status', 'RequestId', 'RequestType', 'Duration'
        $result.RoleName | Should -Be 'Contributor'
        $result.ScopeId | Should -Be $production
        $result.Status | Should -Be 'Provisioned'
        $result.RequestType | Should -Be 'SelfActivate'
        $result.Duration | Should -Be 'PT2H'
        { [guid] $result.RequestId } | Should -Not -Throw
        $result.SteppedUp | Should -BeTrue
        $result.AuthenticationContexts | Should -Be 'c1'
        ($result | Out-String) | Should -Match 'Contributor\s+.*Activated\s+(1:59|2:00)\s+c1'
        @(Get-SignIn $emulator).Count | Should -BeLessOrEqual 2
    }

    It 'takes any list of names (defect 3), and scopes by their names' {
        $results = @(Invoke-PIMResourceRoleActivation @{ $production = @('Contributor', 'Reader') } 'release')
        $results.RoleName | Sort-Object | Should -Be 'Contributor', 'Reader'
        (Invoke-PIMResourceRoleActivation @{ 'Contoso Development' = 'Contributor' } 'release').ScopeId | Should -Be $development
    }

    It 'refuses other types with the words of old' {
        { Invoke-PIMResourceRoleActivation @{ 1 = 'Reader' } } | Should -Throw 'Invalid roleToActivate key type: Int32. Expected String (Azure resource scope).'
        { Invoke-PIMResourceRoleActivation @{ $production = 1 } } | Should -Throw 'Invalid roleToActivate value type: Int32. Expected String or String`[`] (Role name(s)).'
        { Invoke-PIMResourceRoleActivation @{ $production = $null } } | Should -Throw -ErrorId 'InvalidRequest,Invoke-PIMResourceRoleActivation'
        $problem = { Invoke-PIMResourceRoleActivation @{} } | Should -Throw -ErrorId 'InvalidRequest,Invoke-PIMResourceRoleActivation' -PassThru
        $problem.Exception.Message | Should -BeExactly 'None of the requested roles () and scopes are available in your eligible roles.'
    }

    It 'sends the object id of the token as principal (defect 5)' {
        $null = Invoke-PIMResourceRoleActivation @{ $production = 'Reader' }
        (Get-ActivationWrite $emulator arm)[0].body.properties.principalId | Should -Be (Get-PIMContext).ObjectId
    }

    It 'warns of a role that is not eligible, and throws where none is' {
        $results = @(Invoke-PIMResourceRoleActivation @{ $production = 'Reader', 'Writer' } -WarningVariable warnings -WarningAction SilentlyContinue -ErrorAction Stop)
        $results.RoleName | Should -Be 'Reader'
        "$($warnings.Message)" | Should -BeLike "No eligible role found for scope '$production' with requested role name: Writer.*"
        $problem = { Invoke-PIMResourceRoleActivation @{ $production = 'Writer', 'Author' } -WarningAction SilentlyContinue } | Should -Throw -PassThru
        $problem.Exception.Message | Should -Be 'None of the requested roles (Author, Writer) and scopes are available in your eligible roles.'
        Get-ErrorCode $problem | Should -Be 'RoleNotEligible'
    }

    It 'fails in the words of old where nothing at all is eligible' {
        $lee = Connect-TestUser $emulator -Account lee@contoso.example
        $problem = { Invoke-PIMResourceRoleActivation @{ $production = 'Reader' } -Context $lee -WarningVariable warnings -WarningAction SilentlyContinue } | Should -Throw -ErrorId 'RoleNotEligible,*' -PassThru
        $problem.Exception.Message | Should -BeLike 'None of the requested roles (Reader) and scopes are available in your eligible roles.'
    }

    It 'ends its errors as scripts know them' {
        $null = Invoke-PIMResourceRoleActivation @{ $production = 'Contributor' } -NoPortal -ErrorVariable problems -ErrorAction SilentlyContinue
        Get-ErrorCode $problems[0] | Should -Be 'JustificationRequired'
        $problems[0].Exception.Message | Should -BeLike "Failed to activate role 'Contributor' on '$production'. Error: *. Justification is required for activating this role."
        Add-Fault $emulator @{ service = 'arm'; method = 'PUT'; pathContains = 'roleAssignmentScheduleRequests'; times = 1; status = 409; contentType = 'application/json'; body = '{"error":{"code":"Conflict","message":"busy"}}' }
        $null = Invoke-PIMResourceRoleActivation @{ $production = 'Reader' } -NoPortal -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].Exception.Message | Should -BeLike "Failed to activate role 'Reader' on '$production'. Status: 409. Error: *busy*"
    }

    It 'tells a role that is active from one that is not eligible (3.16: -excludeActivatedRoles took it away)' {
        $null = Invoke-PIMResourceRoleActivation @{ $production = 'Reader' }
        Invoke-PIMResourceRoleActivation @{ $production = 'Reader' } -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings.Message | Should -Be 'The role is already assigned.'
        Invoke-PIMResourceRoleActivation @{ $production = 'Reader' } -excludeActivatedRoles -WarningVariable warnings -WarningAction SilentlyContinue -ErrorAction Stop | Should -BeNullOrEmpty
        $warnings.Message | Should -Be 'The role is already assigned.'
    }

    It 'shortens a duration above the policy''s maximum (defect 17)' {
        $result = Invoke-PIMResourceRoleActivation @{ "$production/resourceGroups/rg-payments" = 'Owner' } 'x' 8 -WarningVariable warnings -WarningAction SilentlyContinue
        $result.Duration | Should -Be 'PT2H'
        "$($warnings.Message)" | Should -BeLike 'Requested duration of 8 hour(s) exceeds maximum allowed duration of PT2H*'
    }

    It 'activates below the scope of the eligibility' {
        (Invoke-PIMResourceRoleActivation @{ "$production/resourceGroups/rg-web" = 'Contributor' } 'x').ScopeId | Should -Be "$production/resourceGroups/rg-web"
    }

    It 'takes names, and asks which scope is meant' {
        (Invoke-PIMResourceRoleActivation -RoleName Reader).ScopeId | Should -Be $production
        $null = Invoke-PIMResourceRoleActivation -RoleName Contributor -justification 'x' -ErrorVariable problems -ErrorAction SilentlyContinue
        Get-ErrorCode $problems[0] | Should -Be 'RoleAmbiguous'
        (Invoke-PIMResourceRoleActivation -RoleName Contributor -Scope $development -justification 'x').ScopeId | Should -Be $development
    }

    It 'takes roles by pipeline' {
        (Get-PIMMyEligibleResourceRole | Where-Object roleName -eq 'Storage Blob Data Contributor' | iprr -justification 'x').ActivationStatus | Should -Be 'Activated'
    }

    It 'accepts 202 as it accepts 201 (defect 22)' {
        $name = [guid]::NewGuid()
        Add-Fault $emulator @{ service = 'arm'; method = 'PUT'; pathContains = 'roleAssignmentScheduleRequests'; times = 1; status = 202; contentType = 'application/json'
            body = "{`"name`":`"$name`",`"id`":`"$production/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/$name`",`"type`":`"Microsoft.Authorization/RoleAssignmentScheduleRequests`",`"properties`":{`"status`":`"Accepted`",`"requestType`":`"SelfActivate`",`"scope`":`"$production`"}}" }
        $result = Invoke-PIMResourceRoleActivation @{ $production = 'Reader' } -waitAfterActivation 0 -WarningAction SilentlyContinue
        $result.Status | Should -Be 'Accepted'
        $result.ActivationStatus | Should -Be 'Accepted'
    }
}
