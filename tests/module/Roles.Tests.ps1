BeforeDiscovery {
    $kinds = @(
        @{ Command = 'Get-PIMMyEligibleDirectoryRole'; Type = 'PIMStepUp.DirectoryRole' }
        @{ Command = 'Get-PIMMyActiveDirectoryRole'; Type = 'PIMStepUp.DirectoryRole' }
        @{ Command = 'Get-PIMMyEligibleResourceRole'; Type = 'PIMStepUp.ResourceRole' }
        @{ Command = 'Get-PIMMyActiveResourceRole'; Type = 'PIMStepUp.ResourceRole' }
    )
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $null = Connect-TestUser $emulator
    $kinds = 'Get-PIMMyEligibleDirectoryRole', 'Get-PIMMyActiveDirectoryRole', 'Get-PIMMyEligibleResourceRole', 'Get-PIMMyActiveResourceRole' | ForEach-Object { @{ Command = $_ } }

    # A tenant in which an administrator finds nobody eligible, and no group.
    $scenario = Get-Content -Raw "$PSScriptRoot/../scenarios/contoso.json" | ConvertFrom-Json -AsHashtable
    foreach ($list in 'groups', 'groupPolicies', 'groupEligibilities', 'directoryEligibilities', 'resourceEligibilities') { $scenario.pim[$list] = @() }
    $scenario.pim.directoryAssignments = @($scenario.pim.directoryAssignments | Where-Object { $_.principal -like 'patti*' })
    $scenario.pim.resourceAssignments = @($scenario.pim.resourceAssignments | Where-Object { $_.principal -like 'patti*' })
    $file = Join-Path $TestDrive 'empty.json'
    ConvertTo-Json $scenario -Depth 20 | Set-Content $file
    $emptyTenant = Start-PIMEmulator -Scenario $file
    $null = Connect-TestUser $emulator
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'Lists of roles' {
    It '<Command> returns typed objects that are shown as a table' -ForEach $kinds {
        $roles = @(& $Command)
        $roles.Count | Should -BeGreaterThan 0
        $roles[0].PSObject.TypeNames | Should -Contain $Type
        ($roles | Out-String) | Should -Match '(?m)^.*Role\s+Scope\s+'
        foreach ($role in $roles) { $role.RoleName | Should -Not -BeNullOrEmpty }
    }

    It '<Command> asks nothing of the user with a session in place, and passes no violation' -ForEach $kinds {
        Clear-Journal $emulator
        $null = & $Command
        @(Get-Journal $emulator | Where-Object { $_.PSObject.Properties['violation'] -and $_.violation }) | Should -BeNullOrEmpty
    }
}

Describe 'Directory roles' {
    It 'have RoleName first, then what Graph sent, then ours' {
        $role = Get-PIMMyEligibleDirectoryRole | Select-Object -First 1
        $names = @($role.PSObject.Properties.Name)
        $names[0] | Should -BeExactly 'RoleName'
        foreach ($name in 'id', 'principalId', 'roleDefinitionId', 'directoryScopeId', 'memberType', 'status', 'scheduleInfo') { $names | Should -Contain $name }
        $names[-4..-1] | Should -Be 'ScopeName', 'ScopeType', 'StartDateTime', 'EndDateTime'
        $names | Should -Not -Contain '@odata.context'
    }

    It 'cover administrative units and eligibility through groups' {
        $roles = Get-PIMMyEligibleDirectoryRole
        $limited = $roles | Where-Object RoleName -eq 'Groups Administrator'
        $limited.directoryScopeId | Should -BeLike '/administrativeUnits/*'
        $limited.ScopeType | Should -Be 'administrativeUnit'
        ($roles | Where-Object RoleName -eq 'Security Reader').memberType | Should -Be 'Group'
        @($roles | Where-Object RoleName -eq 'Password Administrator').Count | Should -Be 2
    }

    It 'have times of our own as [datetime]' {
        $role = Get-PIMMyEligibleDirectoryRole | Where-Object RoleName -eq 'Exchange Administrator'
        $role.EndDateTime | Should -BeOfType [datetime]
        $role.EndDateTime.Kind | Should -Be 'Utc'
        $role.EndDateTime | Should -BeGreaterThan ([datetime]::UtcNow)
        (Get-PIMMyEligibleDirectoryRole | Where-Object RoleName -eq 'Global Reader').EndDateTime | Should -BeNullOrEmpty
    }

    It 'that are active name how they came about' {
        $active = Get-PIMMyActiveDirectoryRole
        ($active | Where-Object RoleName -eq 'Directory Readers').assignmentType | Should -Be 'Assigned'
    }

    It 'may be cut short by the pipeline' {
        @(Get-PIMMyEligibleDirectoryRole | Select-Object -First 2).Count | Should -Be 2
    }
}

Describe 'Resource roles' {
    It 'have the outer fields, the inner ones in alphabetical order, then the names' {
        $role = Get-PIMMyEligibleResourceRole | Select-Object -First 1
        $names = @($role.PSObject.Properties.Name)
        $names[0..2] | Sort-Object | Should -Be 'id', 'name', 'type'
        $names[-5..-1] | Should -Be 'ScopeType', 'ScopeName', 'principalDisplayName', 'principalUPN', 'roleName'
        $inner = @($names[3..($names.Count - 6)] | Where-Object { $_ -ne 'endDateTime' })
        $inner | Should -Be @($inner | Sort-Object)
        $names | Should -Not -Contain 'expandedProperties'
        $role.scope | Should -BeLike '/*'
    }

    It 'that are active keep expandedProperties' {
        @(Get-PIMMyActiveResourceRole)[0].PSObject.Properties.Name | Should -Contain 'expandedProperties'
    }

    It 'cover management groups, subscriptions, resource groups, resources and groups' {
        $roles = Get-PIMMyEligibleResourceRole
        @($roles.ScopeType | Sort-Object -Unique).Count | Should -BeGreaterOrEqual 4
        ($roles | Where-Object roleName -eq 'Storage Blob Data Contributor').memberType | Should -Be 'Group'
        ($roles | Where-Object roleName -eq 'Storage Blob Data Contributor').condition | Should -BeLike '*invoices*'
    }

    It 'name the principal by its mail address, which the service sends (3.9: principalUPN was empty)' {
        foreach ($role in @(Get-PIMMyEligibleResourceRole) + @(Get-PIMMyActiveResourceRole) | Where-Object principalType -eq 'User') {
            $role.principalUPN | Should -Be 'adele@contoso.example'
            $role.principalDisplayName | Should -Be 'Adele Vance'
        }
    }

    It 'surface the service''s own error (defect 12)' {
        Add-Fault $emulator @{ service = 'arm'; method = 'GET'; pathContains = 'roleEligibilitySchedules'; times = 1; status = 403; contentType = 'application/json'
            body = '{"error":{"code":"AuthorizationFailed","message":"The client may not read schedules."}}' }
        $problem = { Get-PIMMyEligibleResourceRole } | Should -Throw -ErrorId 'AccessDenied,Get-PIMMyEligibleResourceRole' -PassThru
        $problem.Exception.Data['PIMError'].service.code | Should -Be 'AuthorizationFailed'
        $problem.Exception.Data['PIMError'].http.status | Should -Be 403
    }
}

Describe 'Lists of several pages' {
    It 'are read to their end (defect 12: the first page was all)' {
        $scenario = Get-Content -Raw "$PSScriptRoot/../scenarios/contoso.json" | ConvertFrom-Json -AsHashtable
        $scenario.pim.behaviour = @{ pageSize = 2 }
        $file = Join-Path $TestDrive 'pages.json'
        ConvertTo-Json $scenario -Depth 20 | Set-Content $file
        $paged = Start-PIMEmulator -Scenario $file
        $context = Connect-TestUser $paged
        $whole = Connect-TestUser $emulator
        foreach ($kind in $kinds) {
            $count = @(& $kind.Command -Context $whole).Count
            @(& $kind.Command -Context $context).Count | Should -Be $count
        }
        (Invoke-PIMResourceRoleActivation -RoleName 'Virtual Machine Contributor' -justification x -TicketNumber 1 -TicketSystem Desk -Context $context).Status | Should -Be 'Provisioned'
        $context, $whole | Disconnect-PIM
        $paged | Stop-PIMEmulator
        $null = Connect-TestUser $emulator
    }
}

Describe 'Nothing to list' {
    It 'is no output from <_>, not $null and no empty object' -ForEach 'Get-PIMMyEligibleDirectoryRole', 'Get-PIMMyActiveDirectoryRole', 'Get-PIMMyEligibleResourceRole', 'Get-PIMMyActiveResourceRole' {
        $context = Connect-TestUser $emptyTenant -Account lee@contoso.example
        $output = @(& $_ -Context $context -ErrorAction Stop)
        $output.Count | Should -Be 0
        $context | Disconnect-PIM
    }

    It 'is no output from <Command>' -ForEach @(
        @{ Command = 'Get-PIMDirectoryRoleEligibleAssignment' }
        @{ Command = 'Get-PIMGroup' }
        @{ Command = 'Get-PIMGroupEligibleAssignment' }
        @{ Command = 'Get-PIMSupportedGroup' }
        @{ Command = 'Get-PIMManagementGroupEligibleAssignment' }
        @{ Command = 'Get-PIMSubscriptionEligibleAssignment' }
    ) {
        $context = Connect-TestUser $emptyTenant -Account patti@contoso.example
        @(& $Command -Context $context -ErrorAction Stop -WarningAction SilentlyContinue).Count | Should -Be 0
        $context | Disconnect-PIM
    }
}

Describe 'Completion of role names' {
    It 'offers nothing before a listing, and asks no service' {
        $context = Connect-TestUser $emulator -Account megan@contoso.example
        Clear-Journal $emulator
        $line = 'Invoke-PIMDirectoryRoleActivation -roleName read'
        (TabExpansion2 $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Where-Object { $_ -like '"*' } | Should -BeNullOrEmpty
        @(Get-Journal $emulator).Count | Should -Be 0
        $null = Get-PIMMyEligibleDirectoryRole
        Clear-Journal $emulator
        (TabExpansion2 $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Should -Be '"Global Reader"', '"Reports Reader"', '"Security Reader"'
        @(Get-Journal $emulator).Count | Should -Be 0
        $context | Disconnect-PIM
    }
}

Describe 'Get-PIMAuthenticationContext' {
    BeforeAll { $null = Connect-TestUser $emulator }

    It 'tells what the ids mean' {
        $all = @(Get-PIMAuthenticationContext)
        $all.Id | Should -Be 'c1', 'c2', 'c3'
        $all[0].DisplayName | Should -Be 'Require passkey'
        @(Get-PIMAuthenticationContext -Id c2, c9).Id | Should -Be 'c2'
        ($all | Out-String) | Should -BeLike '*Require passkey*'
    }

    It 'takes a challenge by pipeline' {
        $challenge = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}' | Get-PIMClaimsChallenge
        ($challenge | Get-PIMAuthenticationContext).DisplayName | Should -Be 'Require passkey'
    }
}
