BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $production = '/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1'
    $development = '/subscriptions/a3c8e5f0-7d14-4a62-b9f3-0e5d6c2b8f12'
    $unit = '/administrativeUnits/2d8f6b3a-91c4-4e7d-b5a0-6c3e1f9d8a88'

    function Get-Write {
        # Activation requests that reached a service.
        param([string] $Service)
        if ($Service -eq 'graph') { return @(Get-Journal $emulator -Service graph -Method POST -PathLike '*roleAssignmentScheduleRequests') }
        @(Get-Journal $emulator -Service arm -Method PUT -PathLike '*roleAssignmentScheduleRequests*')
    }

    function Get-SignIn {
        @(Get-Journal $emulator -Service login -PathLike '*/authorize' | Where-Object { $_.method -eq 'GET' })
    }
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
        @(Get-SignIn).Count | Should -Be 1
        foreach ($group in Get-Write graph | Group-Object { $_.body.roleDefinitionId }) {
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
        @(Get-Write graph).Count | Should -Be 1
    }

    It 'skips a role for which a sufficient one is active: <What>' -ForEach @(
        @{ What = 'a name'; Sufficient = 'Directory Readers' }
        @{ What = 'names'; Sufficient = 'Nothing', 'Directory Readers' }
        @{ What = 'a dictionary'; Sufficient = @{ 'Reports Reader' = 'Nothing', 'Directory Readers' } }
    ) {
        Invoke-PIMDirectoryRoleActivation 'Reports Reader' -sufficientRoleName $Sufficient -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        @($warnings.Message) | Should -Contain "Sufficient role 'Directory Readers' is already active. Skipping activation of 'Reports Reader'."
        @(Get-Write graph).Count | Should -Be 0
    }

    It 'warns of a name that is not eligible, names the nearest, and goes on' {
        $results = @(Invoke-PIMDirectoryRoleActivation 'Report Reader', 'Reports Reader' -WarningVariable warnings -WarningAction SilentlyContinue -ErrorAction Stop)
        $results.RoleName | Should -Be 'Reports Reader'
        @($warnings.Message) -like "Role 'Report Reader' is not found in your eligible roles. Use Get-PIMMyEligibleDirectoryRole to list your eligible roles.*Reports Reader*" | Should -Not -BeNullOrEmpty
    }

    It 'sends 30 minutes for 0 hours, and the scope of the eligibility (defect 6)' {
        $null = Invoke-PIMDirectoryRoleActivation 'Groups Administrator' 'units' 0
        $body = (Get-Write graph)[0].body
        $body.scheduleInfo.expiration.duration | Should -Be 'PT30M'
        $body.directoryScopeId | Should -Be $unit
    }

    It 'asks which scope is meant, and takes it (defect 4)' {
        $null = Invoke-PIMDirectoryRoleActivation 'Password Administrator' 'x' -ErrorVariable problems -ErrorAction SilentlyContinue
        Get-ErrorCode $problems[0] | Should -Be 'RoleAmbiguous'
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        @(Get-Write graph).Count | Should -Be 0
        (Invoke-PIMDirectoryRoleActivation 'Password Administrator' 'x' -Scope $unit).directoryScopeId | Should -Be $unit
    }

    It 'shortens a duration above the policy''s maximum with a warning' {
        $result = Invoke-PIMDirectoryRoleActivation 'Message Center Reader' 'x' 2 -WarningVariable warnings -WarningAction SilentlyContinue
        $result.scheduleInfo.expiration.duration | Should -Be 'PT30M'
        @($warnings.Message) | Should -Contain "Requested duration of 2 hour(s) exceeds maximum allowed duration of PT30M for role 'Message Center Reader'. Using maximum allowed duration."
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
        @(Get-Write graph).Count | Should -Be 0
        @(Get-SignIn).Count | Should -Be 0
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
        @(Get-Write graph).Count + @(Get-Write arm).Count | Should -Be 0
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
        @(Get-SignIn).Count | Should -BeLessOrEqual 2
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
        { Invoke-PIMResourceRoleActivation @{} } | Should -Throw -ErrorId 'InvalidRequest,Invoke-PIMResourceRoleActivation'
    }

    It 'sends the object id of the token as principal (defect 5)' {
        $null = Invoke-PIMResourceRoleActivation @{ $production = 'Reader' }
        (Get-Write arm)[0].body.properties.principalId | Should -Be (Get-PIMContext).ObjectId
    }

    It 'warns of a role that is not eligible, and throws where none is' {
        $results = @(Invoke-PIMResourceRoleActivation @{ $production = 'Reader', 'Writer' } -WarningVariable warnings -WarningAction SilentlyContinue -ErrorAction Stop)
        $results.RoleName | Should -Be 'Reader'
        "$($warnings.Message)" | Should -BeLike "No eligible role found for scope '$production' with requested role name: Writer.*"
        $problem = { Invoke-PIMResourceRoleActivation @{ $production = 'Writer', 'Author' } -WarningAction SilentlyContinue } | Should -Throw -PassThru
        $problem.Exception.Message | Should -Be 'None of the requested roles (Author, Writer) and scopes are available in your eligible roles.'
        Get-ErrorCode $problem | Should -Be 'RoleNotEligible'
    }

    It 'reports a role that is active as a warning, also with -excludeActivatedRoles' {
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
