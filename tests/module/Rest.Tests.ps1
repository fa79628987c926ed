BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $emulator = Start-PIMEmulator
    $null = Connect-TestUser $emulator
    $graph = $emulator.Graph.TrimEnd('/')
    $arm = $emulator.Arm.TrimEnd('/')
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe 'Invoke-PIMRestMethod' {
    It 'takes a path on Graph or a whole address' {
        (Invoke-PIMRestMethod /v1.0/me).userPrincipalName | Should -Be 'adele@contoso.example'
        (Invoke-PIMRestMethod "$graph/v1.0/me").userPrincipalName | Should -Be 'adele@contoso.example'
    }

    It 'finds the token for Azure Resource Manager by the address' {
        $answer = Invoke-PIMRestMethod "$arm/providers/Microsoft.Authorization/roleEligibilitySchedules?api-version=2020-10-01&`$filter=asTarget()"
        @($answer.value).Count | Should -BeGreaterThan 0
    }

    It 'returns a list as the service sent it, or with -All its items' {
        $page = Invoke-PIMRestMethod '/v1.0/roleManagement/directory/roleDefinitions'
        $page.PSObject.Properties.Name | Should -Contain 'value'
        $items = @(Invoke-PIMRestMethod '/v1.0/roleManagement/directory/roleDefinitions?$select=id,displayName' -All)
        $items.displayName | Should -Contain 'Global Reader'
        $items.Count | Should -BeGreaterOrEqual @($page.value).Count
    }

    It 'tells status and headers' {
        $null = Invoke-PIMRestMethod /v1.0/me -StatusCodeVariable status -ResponseHeadersVariable headers
        $status | Should -Be 200
        $headers['content-type'] | Should -BeLike 'application/json*'
    }

    It 'satisfies a claims challenge and repeats the request once' {
        $role = Get-PIMMyEligibleDirectoryRole | Where-Object RoleName -eq 'Intune Administrator'
        Clear-Journal $emulator
        $answer = Invoke-PIMRestMethod -Method Post '/v1.0/roleManagement/directory/roleAssignmentScheduleRequests' -Body @{
            action = 'selfActivate'; principalId = $role.principalId; roleDefinitionId = $role.roleDefinitionId; directoryScopeId = '/'; justification = 'test'
            scheduleInfo = @{ startDateTime = [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ'); expiration = @{ type = 'afterDuration'; duration = 'PT1H' } }
        }
        $answer.roleDefinitionId | Should -Be $role.roleDefinitionId
        $posts = @(Get-Journal $emulator -Service graph -Method POST -PathLike '*roleAssignmentScheduleRequests')
        $posts.status | Should -Be 400, 201
    }

    It 'writes nothing with -WhatIf' {
        Clear-Journal $emulator
        Invoke-PIMRestMethod -Method Post '/v1.0/anything' -Body @{ a = 1 } -WhatIf | Should -BeNullOrEmpty
        @(Get-Journal $emulator).Count | Should -Be 0
    }

    It 'sends no token to another host' {
        { Invoke-PIMRestMethod 'https://example.com/v1.0/me' } | Should -Throw -ErrorId 'HostNotAllowed,Invoke-PIMRestMethod'
    }

    It 'keeps the service''s words' {
        $problem = { Invoke-PIMRestMethod '/v1.0/roleManagement/directory/roleDefinitions/11111111-1111-1111-1111-111111111111' } | Should -Throw -ErrorId 'NotFound,Invoke-PIMRestMethod' -PassThru
        $problem.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $detail = $problem.Exception.Data['PIMError']
        $detail.http.status | Should -Be 404
        $detail.http.method | Should -Be 'GET'
        $detail.service.code | Should -Not -BeNullOrEmpty
    }

    It 'returns text as text and names that differ in case' {
        Add-Fault $emulator @{ service = 'graph'; pathContains = '/v1.0/text'; times = 1; status = 200; body = 'hello'; contentType = 'text/plain' }
        Invoke-PIMRestMethod /v1.0/text | Should -BeExactly 'hello'
        Add-Fault $emulator @{ service = 'graph'; pathContains = '/v1.0/cases'; times = 1; status = 200; body = '{"a":1,"A":2}'; contentType = 'application/json' }
        $both = Invoke-PIMRestMethod /v1.0/cases
        $both['a'], $both['A'] | Should -Be 1, 2
    }

    It 'keeps items objects that come together with one whose names differ in case' {
        $body = '{"value":[{"n":1,"deep":{"list":[{"x":"2026-01-15T12:00:00Z"},[],7]}},{"n":2,"more":{"a":1,"A":2}},{"n":3,"":"empty"},4]}'
        Add-Fault $emulator @{ service = 'graph'; pathContains = '/v1.0/items'; times = 1; status = 200; body = $body; contentType = 'application/json' }
        $items = @(Invoke-PIMRestMethod /v1.0/items -All)
        $items.Count | Should -Be 4
        $items[0] | Should -BeOfType [pscustomobject]
        $items[0].PSObject.Properties.Name | Should -Be 'n', 'deep'
        $items[0].deep.list[0].x | Should -BeOfType [datetime]
        $items[0].deep.list.Count, $items[0].deep.list[1].Count, $items[0].deep.list[2] | Should -Be 3, 0, 7
        $items[1]['more']['a'], $items[1]['more']['A'], $items[2][''], $items[3] | Should -Be 1, 2, 'empty', 4
    }

    It 'takes no redirection for success (<method>)' -ForEach @(@{ method = 'Get' }, @{ method = 'Post' }) {
        Add-Fault $emulator @{ service = 'graph'; pathContains = '/v1.0/moved'; times = 1; status = 302; headers = @{ location = 'https://portal.contoso.example/in?ticket=hush' }; body = '{}' }
        $problem = { Invoke-PIMRestMethod /v1.0/moved -Method $method } | Should -Throw -ErrorId 'UnexpectedResponse,Invoke-PIMRestMethod' -PassThru
        $problem.Exception.Message | Should -Match 'redirection to .portal\.contoso\.example.,.*302'
        "$($problem.Exception.Message) $($problem.ErrorDetails.RecommendedAction)" | Should -Not -Match 'hush'
    }

    It 'hands a redirection to whoever asks for headers or status' {
        Add-Fault $emulator @{ service = 'graph'; pathContains = '/v1.0/content'; times = 2; status = 302; headers = @{ location = 'https://files.contoso.example/1' }; body = '' }
        Invoke-PIMRestMethod /v1.0/content -ResponseHeadersVariable headers | Should -BeNullOrEmpty
        $headers['location'] | Should -Be 'https://files.contoso.example/1'
        $null = Invoke-PIMRestMethod /v1.0/content -StatusCodeVariable status
        $status | Should -Be 302
    }

    It 'does not mistake an accessToken in an answer for its own' {
        Add-Fault $emulator @{ service = 'graph'; pathContains = '/v1.0/theirs'; times = 1; status = 200; body = '{"accessToken":"theirs"}'; contentType = 'application/json' }
        (Invoke-PIMRestMethod /v1.0/theirs).accessToken | Should -Be 'theirs'
    }
}
