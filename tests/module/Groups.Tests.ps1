BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $adele = '0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44'
    $megan = '5e1a7c3d-9b2f-4f6a-8c4d-3a9f0b6e7d55'
    $lee = '9a4e2d71-3c5b-4b8e-a1f6-7d2c8e5b9f66'
    $alpha, $beta, $gamma, $outer = 1..4 | ForEach-Object { "a1000000-0000-4000-8000-00000000000$_" }

    # Alpha and Beta are eligible in each other; Alpha has two eligible members and an eligible owner.
    $scenario = Get-Content -Raw "$PSScriptRoot/../scenarios/contoso.json" | ConvertFrom-Json -AsHashtable
    $scenario.pim.groups = @(
        @{ id = $alpha; displayName = 'Alpha' }
        @{ id = $beta; displayName = 'Beta' }
        @{ id = $gamma; displayName = 'Gamma'; members = @('lee@contoso.example') }
        @{ id = $outer; displayName = 'Outer'; members = @('Beta') }
        @{ id = 'a1000000-0000-4000-8000-000000000011'; displayName = 'Synchronised'; onPremisesSyncEnabled = $true }
        @{ id = 'a1000000-0000-4000-8000-000000000012'; displayName = 'By rule'; groupTypes = @('DynamicMembership') }
        @{ id = 'a1000000-0000-4000-8000-000000000013'; displayName = 'Mail'; mailEnabled = $true }
        @{ id = 'a1000000-0000-4000-8000-000000000014'; displayName = 'Team'; groupTypes = @('Unified'); mailEnabled = $true; securityEnabled = $false }
    )
    $scenario.pim.groupPolicies = @()
    $scenario.pim.groupEligibilities = @(
        @{ principal = 'adele@contoso.example'; group = 'Alpha' }
        @{ principal = 'megan@contoso.example'; group = 'Alpha' }
        @{ principal = 'lee@contoso.example'; group = 'Alpha'; access = 'owner' }
        @{ principal = 'Alpha'; group = 'Beta' }
        @{ principal = 'Beta'; group = 'Alpha' }
    )
    $scenario.pim.directoryEligibilities = @($scenario.pim.directoryEligibilities | Where-Object { $_.principal -like '*@*' })
    $scenario.pim.resourceEligibilities = @($scenario.pim.resourceEligibilities | Where-Object { $_.principal -like '*@*' })
    $scenario.pim.resourceAssignments = @()
    $file = Join-Path $TestDrive scenario.json
    ConvertTo-Json $scenario -Depth 20 | Set-Content $file
    $emulator = Start-PIMEmulator -Scenario $file
    $null = Connect-TestUser $emulator -Account patti@contoso.example
    $searching = 'Searching for groups with PIM eligible assignment. This can take a while.'
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'Get-PIMSupportedGroup' {
    It 'lists what can be used, with the properties that scripts know' {
        $groups = @(Get-PIMSupportedGroup)
        $groups[0].PSObject.Properties.Name | Sort-Object | Should -Be 'displayName', 'groupTypes', 'id', 'mailEnabled', 'onPremisesSyncEnabled', 'securityEnabled'
        $groups[0].PSObject.TypeNames | Should -Contain 'PIMStepUp.Group'
        $groups.displayName | Should -Contain 'Gamma'
        $groups.displayName | Should -Not -Contain 'Synchronised'
        $groups.displayName | Should -Not -Contain 'By rule'
        $groups.displayName | Should -Not -Contain 'Mail'
        ($groups | Out-String) | Should -Match '(?m)^Id\s+Name\s+Eligible'
    }

    It 'keeps Microsoft 365 groups that are not security-enabled (3.14)' {
        @(Get-PIMSupportedGroup).displayName | Should -Contain 'Team'
    }
}

Describe 'Get-PIMGroup' {
    It 'lists groups with eligible assignments: one as an object, several as an array' {
        $groups = @(Get-PIMGroup -WarningVariable warnings -WarningAction SilentlyContinue)
        $warnings.Message | Should -Be $searching
        $groups.displayName | Sort-Object | Should -Be 'Alpha', 'Beta'
        $of = @{}
        foreach ($group in $groups) { $of[$group.displayName] = $group }
        $of.Alpha.PSObject.Properties.Name[-1] | Should -BeExactly 'EligibleAssignment'
        , $of.Alpha.EligibleAssignment | Should -BeOfType [array]
        $of.Alpha.EligibleAssignment.Count | Should -Be 4
        $of.Beta.EligibleAssignment.principalId | Should -BeExactly $alpha
        $of.Beta.EligibleAssignment | Should -Not -BeOfType [array]
    }

    It 'asks for many groups in one request (3.5)' {
        Clear-Journal $emulator
        $null = Get-PIMGroup -WarningAction SilentlyContinue
        @(Get-Journal $emulator -Service graph -Method POST -PathLike '*$batch').Count | Should -Be 1
    }

    It 'ends at a group that cannot be read, because a part is no list (defect 19)' {
        Add-Fault $emulator @{ service = 'graph'; pathContains = '$batch'; times = 50; status = 403; contentType = 'application/json'; body = '{"error":{"code":"Forbidden","message":"no"}}' }
        try {
            { Get-PIMGroup -WarningAction SilentlyContinue } | Should -Throw -ErrorId 'AccessDenied,Get-PIMGroup'
        } finally {
            $null = Invoke-RestMethod "$($emulator.Control)/faults" -Method Delete
        }
    }
}

Describe 'Get-PIMGroupEligibleAssignment' {
    It 'has the properties that scripts know, in their order' {
        $all = @(Get-PIMGroupEligibleAssignment -WarningVariable warnings -WarningAction SilentlyContinue)
        $warnings.Message | Should -Be $searching
        $all.Count | Should -Be 5
        foreach ($one in $all) { $one.PSObject.Properties.Name | Should -Be (Get-ContractOutput Get-PIMGroupEligibleAssignment) }
        $all[0].PSObject.TypeNames | Should -Contain 'PIMStepUp.GroupEligibility'
        ($all | Where-Object principalId -eq $adele).PrincipalName | Should -Be 'Adele Vance'
        ($all | Where-Object principalId -eq $adele).GroupName | Should -Be 'Alpha'
        ($all | Where-Object principalId -eq $lee).accessId | Should -Be 'owner'
        ($all | Out-String) | Should -Match '(?m)^Adele Vance\s+member\s+Alpha\s+permanent'
    }

    It 'has one policy for each row, however many share it (defect 18)' {
        $all = @(Get-PIMGroupEligibleAssignment -groupId $alpha)
        $all.Count | Should -Be 4
        foreach ($one in $all) {
            , $one.Policy | Should -Not -BeOfType [array]
            $one.Policy.rules.id | Should -Contain 'Expiration_EndUser_Assignment'
        }
    }

    It 'reads no policy with -skipAssignmentSettings, and keeps the property' {
        Clear-Journal $emulator
        $all = @(Get-PIMGroupEligibleAssignment $alpha, $beta -skipAssignmentSettings)
        $all.Count | Should -Be 5
        foreach ($one in $all) { $one.Policy | Should -BeNullOrEmpty }
        @(Get-Journal $emulator -Service graph | Where-Object { ($_ | ConvertTo-Json -Depth 20) -like '*roleManagementPolicyAssignments*' }) | Should -BeNullOrEmpty
    }

    It 'warns where there is nothing' {
        Get-PIMGroupEligibleAssignment -groupId $gamma -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings.Message | Should -Be 'None of the groups have PIM eligible assignments'
    }
}

Describe 'Get-PIMAccountEligibleMemberOf' {
    BeforeAll { $groups = @(Get-PIMGroup -WarningAction SilentlyContinue) }

    It 'returns Id and MemberOf for each id, in order' {
        $found = @(Get-PIMAccountEligibleMemberOf -id $lee, $adele -PIMGroupList $groups)
        $found.Id | Should -Be $lee, $adele
        $found[0].Id | Should -BeOfType [guid]
        $found[0].PSObject.Properties.Name | Should -BeExactly (Get-ContractOutput Get-PIMAccountEligibleMemberOf)
        , $found[1].MemberOf | Should -BeOfType [System.Collections.Generic.List[object]]
        $found[1].MemberOf.Count | Should -Be 1
        $found[1].MemberOf[0].displayName | Should -Be 'Alpha'
        $found[1].MemberOf[0].EligibleAssignment.Count | Should -Be 4
    }

    It 'does not take an owner for a member (defect 10)' {
        (Get-PIMAccountEligibleMemberOf $lee $groups).MemberOf.Count | Should -Be 0
    }

    It 'ends at circles, and lists each group once (defect 10)' {
        $found = Get-PIMAccountEligibleMemberOf $adele $groups -transitive
        $found.MemberOf.displayName | Sort-Object | Should -Be 'Alpha', 'Beta'
    }

    It 'gives a flat list with permanent membership (defect 10)' {
        $found = Get-PIMAccountEligibleMemberOf $adele $groups -transitive -includePermanentMembership
        $found.MemberOf.displayName | Sort-Object | Should -Be 'Alpha', 'Beta', 'Outer'
        ($found.MemberOf | Where-Object displayName -eq 'Outer').ObjectType | Should -Be 'group'
        foreach ($one in $found.MemberOf) { , $one | Should -Not -BeOfType [array] }
    }

    It 'refuses permanent membership without -transitive, and goes on' {
        $found = Get-PIMAccountEligibleMemberOf $adele $groups -includePermanentMembership -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].Exception.Message | Should -BeExactly "'includePermanentMembership' can be used only with the 'transitive'"
        $found.MemberOf.displayName | Should -Be 'Alpha'
    }

    It 'returns the groups alone with -onlyMembers, and warns if several ids are mixed' {
        $found = @(Get-PIMAccountEligibleMemberOf $adele, $megan $groups -onlyMembers -WarningVariable warnings -WarningAction SilentlyContinue)
        $found.displayName | Should -Be 'Alpha', 'Alpha'
        $warnings.Message | Should -Be 'All groups given accounts are member of will be outputted at once'
        Get-PIMAccountEligibleMemberOf $lee $groups -onlyMembers | Should -BeNullOrEmpty
    }

    It 'lists groups by itself, but not if a list was given, even an empty one' {
        Clear-Journal $emulator
        $found = Get-AzureAccountEligibleMemberOf $adele $null -WarningVariable warnings -WarningAction SilentlyContinue
        @(Get-Journal $emulator -Service graph).Count | Should -Be 0
        $warnings.Message | Should -Be 'No PIM groups found'
        $found.Id | Should -Be $adele
        $found.MemberOf | Should -Be $null
        Get-PIMAccountEligibleMemberOf $adele $null -onlyMembers -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $found = Get-PIMAccountEligibleMemberOf $adele -WarningVariable warnings -WarningAction SilentlyContinue
        $found.MemberOf.displayName | Should -Be 'Alpha'
        $warnings.Message | Should -Be $searching
    }
}
