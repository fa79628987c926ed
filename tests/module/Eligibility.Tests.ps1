BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $null = Connect-TestUser $emulator -Account patti@contoso.example
    $production = '6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1'
    $development = 'a3c8e5f0-7d14-4a62-b9f3-0e5d6c2b8f12'
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'Get-PIMDirectoryRoleEligibleAssignment' {
    It 'lists the tenant''s eligibilities with names and policy' {
        $all = @(Get-PIMDirectoryRoleEligibleAssignment)
        $all.Count | Should -BeGreaterThan 20
        $one = $all | Where-Object { $_.RoleName -eq 'Exchange Administrator' }
        $one.PSObject.Properties.Name[-3..-1] | Should -BeExactly 'PrincipalName', 'RoleName', 'Policy'
        foreach ($name in 'id', 'principalId', 'roleDefinitionId', 'directoryScopeId', 'memberType', 'startDateTime', 'endDateTime', 'roleDefinition', 'principal') {
            $one.PSObject.Properties.Name | Should -Contain $name
        }
        $one.PSObject.TypeNames | Should -Contain 'PIMStepUp.DirectoryRoleEligibility'
        $one.PrincipalName | Should -Be 'Adele Vance'
        $one.principal | Should -BeOfType [hashtable]
        $one.roleDefinition['displayName'] | Should -Be 'Exchange Administrator'
        $one.endDateTime | Should -BeOfType [datetime]
        $one.Policy.ActivationDuration | Should -Be 'PT4H'
        $one.Policy.RoleName | Should -BeExactly ''
        ($one | Out-String) | Should -Match '(?m)^Adele Vance\s+Exchange Administrator\s+/'
    }

    It 'has dictionaries inside as the Graph SDK makes them: without regard to case, and all the way down' {
        $all = @(Get-PIMDirectoryRoleEligibleAssignment)
        $user = $all | Where-Object { $_.principal['@odata.type'] -eq '#microsoft.graph.user' } | Select-Object -First 1
        $user.principal['DISPLAYNAME'] | Should -BeExactly $user.PrincipalName
        $user.principal.userPrincipalName | Should -BeLike '*@*'
        , $user.principal['businessPhones'] | Should -BeOfType [array]
        $user.principal.ContainsKey('jobTitle') | Should -BeTrue
        foreach ($one in $all) {
            $one.principal | Should -BeOfType [hashtable]
            $one.roleDefinition['DisplayName'] | Should -BeExactly $one.RoleName
            $one.roleDefinition['rolePermissions'][0] | Should -BeOfType [hashtable]
            $one.Policy.RoleID | Should -Be $one.roleDefinition['templateId']
        }
    }

    It 'keeps what it does not know of a principal, and one that is gone' {
        $rows = @(
            [pscustomobject] @{ roleDefinitionId = 'r'; roleDefinition = $null; principal = [pscustomobject] @{ id = 'p'; phones = @('1', '2'); deep = [pscustomobject] @{ list = @([pscustomobject] @{ x = 1 }) } } }
            [pscustomobject] @{ roleDefinitionId = 'r'; roleDefinition = $null; principal = $null }
            [pscustomobject] @{ roleDefinitionId = 'r'; roleDefinition = $null; principal = @(@('id', 'none', 'empty'), 'q', $null, @()) }
            [pscustomobject] @{ roleDefinitionId = 'r'; roleDefinition = $null; principal = @(@(, 'id'), 'r') }
            [pscustomobject] @{ roleDefinitionId = 'r'; roleDefinition = $null; principal = @(0, 's', 7, $true) }
        )
        $whole, $gone, $first, $other, $again = & (Get-Module PIMStepUp) { ConvertTo-PimDirectoryEligibility -Eligibility $args[0] -Seen @{} } $rows
        $whole.principal['phones'] | Should -Be '1', '2'
        $whole.principal['Deep']['list'][0]['X'] | Should -Be 1
        $null -eq $gone.principal -and $null -eq $gone.roleDefinition | Should -BeTrue
        $first.principal.Contains('none') -and $null -eq $first.principal['none'] -and $first.principal['empty'].Count -eq 0 | Should -BeTrue
        $other.principal.Count, $other.principal['ID'] | Should -Be 1, 'r'
        $again.principal['id'], $again.principal['none'], $again.principal['empty'] | Should -Be 's', 7, $true
        $again.pstypenames[0] | Should -Be 'PIMStepUp.DirectoryRoleEligibility'
    }

    It 'has no Policy at all with -skipAssignmentSettings' {
        $all = @(Get-PIMDirectoryRoleEligibleAssignment -skipAssignmentSettings)
        $all[0].PSObject.Properties.Name | Should -Not -Contain 'Policy'
        $all[0].PSObject.Properties.Name[-2..-1] | Should -BeExactly 'PrincipalName', 'RoleName'
    }

    It 'reads policies once for each role (defect 20)' {
        Clear-Journal $emulator
        $all = @(Get-PIMDirectoryRoleEligibleAssignment)
        $requests = @(Get-Journal $emulator -Service graph)
        $requests.Count | Should -BeLessThan 10
        @($all | Where-Object RoleName -eq 'Reports Reader').Count | Should -Be 2
    }

    It 'goes on where a role has no policy (3.3)' {
        Add-Fault $emulator @{ service = 'graph'; pathContains = 'roleManagementPolicyAssignments'; times = 50; status = 200; contentType = 'application/json'; body = '{"value":[]}' }
        try {
            $all = @(Get-PIMDirectoryRoleEligibleAssignment -WarningAction SilentlyContinue)
            $all.Count | Should -BeGreaterThan 20
            $all[0].Policy | Should -BeNullOrEmpty
        } finally {
            $null = Invoke-RestMethod "$($emulator.Control)/faults" -Method Delete
        }
    }
}

Describe 'Get-PIMManagementGroupEligibleAssignment' {
    It 'finds the management groups by itself (defect 11)' {
        $all = @(Get-PIMManagementGroupEligibleAssignment)
        $one = $all | Where-Object { $_.roleDefinition.displayName -eq 'Contributor' }
        $one.scope.displayName | Should -Be 'Contoso Platform'
        $one.principal.displayName | Should -Be 'Adele Vance'
        $one.memberType | Should -Be 'Direct'
        $one.PSObject.TypeNames | Should -Contain 'PIMStepUp.ManagementGroupEligibility'
        $one.PSObject.Properties.Name[-1] | Should -BeExactly 'Policy'
        ($one | Out-String) | Should -Match '(?m)^Adele Vance\s+Contributor\s+Contoso Platform\s+permanent'
    }

    It 'shows the policy''s properties, and nothing of the batch (3.7: RequestName)' {
        $one = Get-PIMManagementGroupEligibleAssignment -name contoso-platform
        ($one.Policy.effectiveRules | Where-Object id -eq 'Expiration_EndUser_Assignment').maximumDuration | Should -Be 'PT4H'
        $one.PSObject.Properties.Name | Should -Not -Contain 'RequestName'
    }

    It 'keeps an empty Policy with -skipAssignmentSettings' {
        $one = Get-PIMManagementGroupEligibleAssignment contoso-platform -skipAssignmentSettings
        $one.PSObject.Properties.Name | Should -Contain 'Policy'
        $one.Policy | Should -BeNullOrEmpty
    }

    It 'tells which management group is not found and what is near, lists the others, and honours -ErrorAction (defect 19)' {
        $all = @(Get-PIMManagementGroupEligibleAssignment -name contoso-platfrom, contoso-platform -ErrorVariable problems -ErrorAction SilentlyContinue)
        $all.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'ScopeNotFound,Get-PIMManagementGroupEligibleAssignment'
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike '*contoso-platform*'
        { Get-PIMManagementGroupEligibleAssignment -name contoso-platfrom -ErrorAction Stop } | Should -Throw -ErrorId 'ScopeNotFound,*'
    }
}

Describe 'Get-PIMSubscriptionEligibleAssignment' {
    It 'has the properties that scripts know, in their order' {
        $all = @(Get-PIMSubscriptionEligibleAssignment)
        foreach ($one in $all) { $one.PSObject.Properties.Name | Should -BeExactly (Get-ContractOutput Get-PIMSubscriptionEligibleAssignment) }
        $all[0].PSObject.TypeNames | Should -Contain 'PIMStepUp.SubscriptionEligibility'
        ($all.ScopeType | Sort-Object -Unique) | Should -Not -Contain 'managementgroup'
        @($all.memberType | Sort-Object -Unique) | Should -Be 'Direct'
        $owner = $all | Where-Object RoleName -eq 'Owner'
        $owner.ScopeName | Should -Be 'rg-payments'
        $owner.endDateTime | Should -BeExactly 'permanent'
        ($all | Where-Object RoleName -eq 'Virtual Machine Contributor').endDateTime | Should -BeOfType [datetime]
        ($owner | Out-String) | Should -Match '(?m)^Adele Vance\s+Owner\s+rg-payments\s+permanent'
    }

    It 'takes ids, and gives a text as id (3.13)' {
        $all = @(Get-PIMSubscriptionEligibleAssignment $development)
        $all.Count | Should -BeGreaterThan 1
        foreach ($one in $all) {
            $one.ScopeId | Should -BeLike "/subscriptions/$development*"
            $one.id | Should -BeOfType [string]
        }
    }

    It 'asks for many subscriptions in one request (2.4)' {
        Clear-Journal $emulator
        $null = Get-PIMSubscriptionEligibleAssignment -id $production, $development
        @(Get-Journal $emulator -Service arm).Count | Should -BeLessOrEqual 2
    }

    It 'tells which subscription is not found, lists the others, and honours -ErrorAction (defect 19)' {
        $unknown = '00000000-0000-4000-8000-000000000000'
        $all = @(Get-PIMSubscriptionEligibleAssignment -id $unknown, $development -ErrorVariable problems -ErrorAction SilentlyContinue)
        $all.Count | Should -BeGreaterThan 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'ScopeNotFound,Get-PIMSubscriptionEligibleAssignment'
        [string] $problems[0].TargetObject | Should -BeLike "*$unknown"
        { Get-PIMSubscriptionEligibleAssignment -id $unknown -ErrorAction Stop } | Should -Throw -ErrorId 'ScopeNotFound,*'
    }
}
