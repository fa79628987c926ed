BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $unit = '/administrativeUnits/2d8f6b3a-91c4-4e7d-b5a0-6c3e1f9d8a88'
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'Directory roles' {
    BeforeEach {
        $emulator = Start-PIMEmulator
        $null = Connect-TestUser $emulator
        Clear-Journal $emulator
    }
    AfterEach {
        Disconnect-PIM
        $emulator | Stop-PIMEmulator
    }

    It 'returns a hashtable with the service''s keys and ours' {
        $result = Invoke-PIMDirectoryRoleActivation 'Reports Reader' 'audit' 2
        $result | Should -BeOfType [hashtable]
        $result.status | Should -Be 'Provisioned'
        $result['status'] | Should -Be 'Provisioned'
        $result.STATUS | Should -Be 'Provisioned'
        $result.action | Should -Be 'selfActivate'
        $result.justification | Should -Be 'audit'
        $result.scheduleInfo | Should -BeOfType [hashtable]
        $result.scheduleInfo.expiration.duration | Should -Be 'PT2H'
        $result.RoleName | Should -Be 'Reports Reader'
        $result.ActivationStatus | Should -Be 'Activated'
        $result.SteppedUp | Should -BeFalse
        ($result.EndDateTime - $result.StartDateTime).TotalHours | Should -Be 2
        $result.PSObject.TypeNames | Should -Contain 'PIMStepUp.DirectoryActivation'
        ($result | Out-String) | Should -Match '(?s)Role\s+: Reports Reader.*Status\s+: Activated.*TimeLeft\s+: (1:59|2:00)'
    }

    It 'signs in once for ten roles, and repeats each request once (defect 1: without $_tenantId)' {
        $names = 'Global Reader', 'Security Administrator', 'User Administrator', 'SharePoint Administrator', 'Teams Administrator', 'Intune Administrator',
        'Application Administrator', 'Conditional Access Administrator', 'Authentication Administrator', 'Exchange Administrator'
        $results = @(Invoke-PIMDirectoryRoleActivation $names -justification 'ten roles')
        $results.Count | Should -Be 10
        $results.ActivationStatus | Sort-Object -Unique | Should -Be 'Activated'
        @(Get-SignIn $emulator).Count | Should -Be 1
        foreach ($group in Get-ActivationWrite $emulator graph | Group-Object { $_.body.roleDefinitionId }) {
            $group.Count | Should -BeLessOrEqual 2
            @($group.Group | Where-Object status -eq 201).Count | Should -Be 1
        }
        $results.SteppedUp | Should -Contain $true
        @($results | Where-Object { $_.AuthenticationContexts -contains 'c1' }).Count | Should -Be 10
    }

    It 'reports a role that is active as a warning, with one active schedule (defect 2) as with several' {
        Invoke-PIMDirectoryRoleActivation 'Directory Readers' -WarningVariable warnings -WarningAction SilentlyContinue -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $null = Invoke-PIMDirectoryRoleActivation 'Reports Reader'
        $again = Invoke-PIMDirectoryRoleActivation 'Reports Reader' -WarningVariable warnings -WarningAction SilentlyContinue -ErrorAction Stop
        $again | Should -BeNullOrEmpty
        @($warnings.Message) | Should -Contain "Role 'Reports Reader' is already active."
        @(Get-ActivationWrite $emulator graph).Count | Should -Be 1
    }

    It 'skips a role for which a sufficient one is active: <What>' -ForEach @(
        @{ What = 'a name'; Sufficient = 'Directory Readers' }
        @{ What = 'names'; Sufficient = 'Nothing', 'Directory Readers' }
        @{ What = 'a dictionary'; Sufficient = @{ 'Reports Reader' = 'Nothing', 'Directory Readers' } }
    ) {
        Invoke-PIMDirectoryRoleActivation 'Reports Reader' -sufficientRoleName $Sufficient -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        @($warnings.Message) | Should -Contain "Sufficient role 'Directory Readers' is already active. Skipping activation of 'Reports Reader'."
        @(Get-ActivationWrite $emulator graph).Count | Should -Be 0
    }

    It 'warns of a name that is not eligible, names the nearest, and goes on' {
        $results = @(Invoke-PIMDirectoryRoleActivation 'Report Reader', 'Reports Reader' -WarningVariable warnings -WarningAction SilentlyContinue -ErrorAction Stop)
        $results.RoleName | Should -Be 'Reports Reader'
        @($warnings.Message) -like "Role 'Report Reader' is not found in your eligible roles. Use Get-PIMMyEligibleDirectoryRole to list your eligible roles.*Reports Reader*" | Should -Not -BeNullOrEmpty
    }

    It 'sends 30 minutes for 0 hours, and the scope of the eligibility (defect 6)' {
        $null = Invoke-PIMDirectoryRoleActivation 'Groups Administrator' 'units' 0
        $body = (Get-ActivationWrite $emulator graph)[0].body
        $body.scheduleInfo.expiration.duration | Should -Be 'PT30M'
        $body.directoryScopeId | Should -Be $unit
    }

    It 'asks which scope is meant, and takes it (defect 4)' {
        $null = Invoke-PIMDirectoryRoleActivation 'Password Administrator' 'x' -ErrorVariable problems -ErrorAction SilentlyContinue
        Get-ErrorCode $problems[0] | Should -Be 'RoleAmbiguous'
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        @(Get-ActivationWrite $emulator graph).Count | Should -Be 0
        (Invoke-PIMDirectoryRoleActivation 'Password Administrator' 'x' -Scope $unit).directoryScopeId | Should -Be $unit
    }

    It 'shortens a duration above the policy''s maximum with a warning' {
        $result = Invoke-PIMDirectoryRoleActivation 'Message Center Reader' 'x' 2 -WarningVariable warnings -WarningAction SilentlyContinue
        $result.scheduleInfo.expiration.duration | Should -Be 'PT30M'
        @($warnings.Message) | Should -Contain "Requested duration of 2 hour(s) exceeds maximum allowed duration of PT30M for role 'Message Center Reader'. Using maximum allowed duration."
    }

    It 'takes what is left until a time, which has parts of a second' {
        $plan = Invoke-PIMDirectoryRoleActivation 'Reports Reader' -Duration ([timespan]::FromMilliseconds(2701500)) -WhatIf -PassThru
        $plan.Duration | Should -Be ([timespan] '00:45:01')
    }

    It 'takes any duration, and the maximum of the policy' {
        (Invoke-PIMDirectoryRoleActivation 'Reports Reader' -Duration '00:45:00').scheduleInfo.expiration.duration | Should -Be 'PT45M'
        (Invoke-PIMDirectoryRoleActivation 'Groups Administrator' 'x' -MaximumDuration).scheduleInfo.expiration.duration | Should -Be 'PT10H'
    }

    It 'fails with JustificationRequired and TicketRequired, each with what to do' {
        $null = Invoke-PIMDirectoryRoleActivation 'Groups Administrator' -ErrorVariable problems -ErrorAction SilentlyContinue
        Get-ErrorCode $problems[0] | Should -Be 'JustificationRequired'
        $null = Invoke-PIMDirectoryRoleActivation 'License Administrator' 'x' -ErrorVariable problems -ErrorAction SilentlyContinue
        Get-ErrorCode $problems[0] | Should -Be 'TicketRequired'
        $problems[0].Exception.Message | Should -BeLike "Failed to activate the role 'License Administrator'. Error was: *"
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $problems[0].TargetObject.RoleName | Should -Be 'License Administrator'
        (Invoke-PIMDirectoryRoleActivation 'License Administrator' 'x' -TicketNumber '42' -TicketSystem 'Desk').ticketInfo.ticketNumber | Should -Be '42'
    }

    It 'tells that a role waits for approval, and outputs the request (defect 16)' {
        $result = Invoke-PIMDirectoryRoleActivation 'Cloud Application Administrator' 'x' -WarningVariable warnings -WarningAction SilentlyContinue
        $result.status | Should -Be 'PendingApproval'
        $result.ActivationStatus | Should -Be 'PendingApproval'
        "$($warnings.Message)" | Should -BeLike "*'Cloud Application Administrator'*waits for approval*"
        $null = Invoke-PIMDirectoryRoleActivation 'Cloud Application Administrator' 'x' -ErrorVariable problems -ErrorAction SilentlyContinue -WarningVariable warnings -WarningAction SilentlyContinue
        @($problems).Count + @($warnings).Count | Should -BeGreaterThan 0
        if (@($problems).Count) { Get-ErrorCode $problems[0] | Should -Be 'PendingRequestExists' }
    }

    It 'does not let one failure stop the others, and with -PassThru gives a result for each' {
        $results = @(Invoke-PIMDirectoryRoleActivation 'License Administrator', 'Reports Reader', 'Nobody' 'x' -PassThru -ErrorVariable problems -ErrorAction SilentlyContinue -WarningAction SilentlyContinue)
        $results.Count | Should -Be 3
        ($results | Where-Object RoleName -eq 'Reports Reader').ActivationStatus | Should -Be 'Activated'
        ($results | Where-Object RoleName -eq 'License Administrator').Error.code | Should -Be 'TicketRequired'
        ($results | Where-Object RoleName -eq 'Nobody').Error.code | Should -Be 'RoleNotEligible'
        $results[0].PSObject.TypeNames | Should -Contain 'PIMStepUp.ActivationResult'
        @($problems | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] }).Count | Should -Be 1
        ($results | Out-String) | Should -BeLike '*TicketRequired*'
    }

    It 'finishes the other roles also where the error preference is Stop' {
        $problem = { Invoke-PIMDirectoryRoleActivation 'License Administrator', 'Reports Reader', 'Contoso Onboarding' 'x' -ErrorAction Stop } | Should -Throw -PassThru
        Get-ErrorCode $problem | Should -Be 'TicketRequired'
        @(Get-PIMMyActiveDirectoryRole | Where-Object assignmentType -eq 'Activated').RoleName | Sort-Object | Should -Be 'Contoso Onboarding', 'Reports Reader'
    }

    It 'says when it is not known whether a role was activated' {
        # The service acts, and its answers are lost until the budget of the call is used up.
        Add-Fault $emulator @{ service = 'graph'; method = 'POST'; pathContains = 'roleAssignmentScheduleRequests'; times = 1; cut = $true; afterHandling = $true }
        Add-Fault $emulator @{ service = 'graph'; method = 'GET'; pathContains = 'roleAssignmentScheduleRequests'; times = 50; status = 403; contentType = 'application/json'; body = '{"error":{"code":"Denied","message":"no"}}' }
        $result = Invoke-PIMDirectoryRoleActivation 'Reports Reader' -PassThru -ErrorVariable problems -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        $result.ActivationStatus | Should -Be 'Unconfirmed'
        $problems[0].Exception.Message | Should -BeLike "It is not known whether role 'Reports Reader' on '/' was activated: *"
    }

    It 'shows the plan with -WhatIf, and writes nothing' {
        $plan = @(Invoke-PIMDirectoryRoleActivation 'User Administrator', 'Reports Reader' 'x' 2 -WhatIf -PassThru)
        $plan.ActivationStatus | Should -Be 'Planned', 'Planned'
        $policy = ($plan | Where-Object RoleName -eq 'User Administrator').Policy
        $policy.AuthenticationContext | Should -Be 'c1'
        $policy.MaximumDuration | Should -Be ([timespan] '08:00:00')
        ($plan | Where-Object RoleName -eq 'Reports Reader').Duration | Should -Be ([timespan] '02:00:00')
        @(Get-ActivationWrite $emulator graph).Count | Should -Be 0
        @(Get-SignIn $emulator).Count | Should -Be 0
        Invoke-PIMDirectoryRoleActivation 'Reports Reader' -WhatIf | Should -BeNullOrEmpty
    }

    It 'reads the plan first only where somebody wants to see it' {
        $null = Invoke-PIMDirectoryRoleActivation 'Reports Reader' -Confirm:$false
        @(Get-Journal $emulator -Service graph -Method GET -PathLike '*roleEligibilitySchedule*').Count | Should -Be 1
    }

    It 'says in words what -WhatIf would do' {
        $file = Join-Path $TestDrive 'transcript.txt'
        $null = Start-Transcript $file
        try { Invoke-PIMDirectoryRoleActivation 'User Administrator' 'x' 2 -WhatIf } finally { $null = Stop-Transcript }
        $text = (Get-Content -Raw $file) -replace '\s+', ' '
        $text | Should -BeLike "*activate for 02:00:00 (policy: at most 08:00:00, justification, authentication context c1)*role 'User Administrator' on *"
    }

    It 'takes roles and names by pipeline' {
        $results = @(Get-PIMMyEligibleDirectoryRole | Where-Object RoleName -in 'Reports Reader', 'Security Reader' | Invoke-PIMDirectoryRoleActivation)
        $results.RoleName | Sort-Object | Should -Be 'Reports Reader', 'Security Reader'
        @('Contoso Onboarding' | ipdr -justification 'x').RoleName | Should -Be 'Contoso Onboarding'
        @() | Invoke-PIMDirectoryRoleActivation | Should -BeNullOrEmpty
        [pscustomobject] @{ RoleName = 'Reports Reader' } | Invoke-PIMDirectoryRoleActivation -ErrorVariable problems -ErrorAction SilentlyContinue
        Get-ErrorCode $problems[0] | Should -Be 'InvalidRequest'
    }

    It 'takes the ids of role definitions' {
        (Invoke-PIMDirectoryRoleActivation -RoleId '4a5d8f65-41da-4de4-8968-e035b65339cf').RoleName | Should -Be 'Reports Reader'
    }

    It 'activates later with -StartTime' {
        $start = [datetime]::Now.AddHours(3)
        $result = Invoke-PIMDirectoryRoleActivation 'Reports Reader' -StartTime $start
        $result.ActivationStatus | Should -Be 'Scheduled'
        [System.Math]::Abs(($result.StartDateTime.ToUniversalTime() - $start.ToUniversalTime()).TotalSeconds) | Should -BeLessThan 2
    }

    It 'repeats a challenged request once and unchanged, and never asks twice for the same role' {
        # Policies that cannot be read, so that the service has to say it.
        Add-Fault $emulator @{ service = 'graph'; pathContains = 'roleManagementPolicyAssignments'; times = 50; status = 403; contentType = 'application/json'; body = '{"error":{"code":"AuthorizationFailed","message":"no"}}' }
        $null = Invoke-PIMDirectoryRoleActivation 'Global Reader' 'x'
        $writes = @(Get-ActivationWrite $emulator graph)
        $writes.status | Should -Be 400, 201
        $writes[0].body | ConvertTo-Json -Depth 10 | Should -Be ($writes[1].body | ConvertTo-Json -Depth 10)
        @(Get-SignIn $emulator).Count | Should -Be 1

        Clear-Journal $emulator
        $challenge = '{"error":{"code":"RoleAssignmentRequestAcrsValidationFailed","message":"&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c2%22%7D%7D%7D"}}'
        Add-Fault $emulator @{ service = 'graph'; method = 'POST'; pathContains = 'roleAssignmentScheduleRequests'; times = 9; status = 400; contentType = 'application/json'; body = $challenge }
        $null = Invoke-PIMDirectoryRoleActivation 'User Administrator' 'x' -NoPortal -ErrorVariable problems -ErrorAction SilentlyContinue
        Get-ErrorCode $problems[0] | Should -Be 'ChallengeUnsatisfied'
        $problems[0].Exception.Message | Should -BeLike "Failed to activate the role 'User Administrator' after re-authentication. Error was: *"
        @(Get-ActivationWrite $emulator graph).Count | Should -Be 2
        @(Get-SignIn $emulator).Count | Should -BeLessOrEqual 1
    }

    It 'waits for what was accepted only, and at most once for all' {
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        Invoke-PIMDirectoryRoleActivation 'Nobody', 'Directory Readers' 'x' -waitAfterActivation 20 -WarningAction SilentlyContinue -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
        @(Invoke-PIMDirectoryRoleActivation 'Reports Reader', 'Security Reader' 'x' -waitAfterActivation 20).ActivationStatus | Should -Be 'Activated', 'Activated'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 20
    }

    It 'does not wait with -waitAfterActivation 0' {
        $result = Invoke-PIMDirectoryRoleActivation 'Reports Reader' -waitAfterActivation 0 -WarningAction SilentlyContinue
        $result.ActivationStatus | Should -BeIn 'Accepted', 'Activated'
    }

    It 'fails as a whole, with the words of old, where nothing is eligible' {
        $null = Connect-TestUser $emulator -Account lee@contoso.example
        $problem = { Invoke-PIMDirectoryRoleActivation 'Reports Reader' } | Should -Throw -PassThru
        $problem.Exception.Message | Should -Be 'You have no eligible directory roles to activate.'
        Get-ErrorCode $problem | Should -Be 'RoleNotEligible'
    }

    It 'says that access is denied where it is, not that nothing is eligible' {
        Add-Fault $emulator @{ service = 'graph'; pathContains = 'roleEligibilitySchedule'; times = 5; status = 403; contentType = 'application/json'; body = '{"error":{"code":"Authorization_RequestDenied","message":"no"}}' }
        $problem = { Invoke-PIMDirectoryRoleActivation 'Reports Reader' } | Should -Throw -PassThru
        Get-ErrorCode $problem | Should -Be 'AccessDenied'
    }
}
