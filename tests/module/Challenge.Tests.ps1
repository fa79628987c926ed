BeforeDiscovery {
    $claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    $standard = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($claims))
    $header = 'Bearer realm="", authorization_uri="https://login.example/common/oauth2/authorize", error="insufficient_claims", claims="{0}"' -f $standard
    $message = '&claims=' + [uri]::EscapeDataString($claims)
    $body = @{ error = @{ code = 'RoleAssignmentRequestAcrsValidationFailed'; message = $message } } | ConvertTo-Json -Compress

    $texts = @(
        @{ What = 'a header''s value'; Text = $header }
        @{ What = 'a header line'; Text = "WWW-Authenticate: $header" }
        @{ What = 'an error body'; Text = $body }
        @{ What = 'an error message'; Text = $message }
        @{ What = 'base64'; Text = $standard }
        @{ What = 'base64url without padding'; Text = $standard.TrimEnd('=').Replace('+', '-').Replace('/', '_') }
        @{ What = 'the claims request itself'; Text = $claims }
        @{ What = 'console output'; Text = "New-AzRoleAssignmentScheduleRequest : $message`nAt line:1 char:1" }
    )
    $innocent = @(
        @{ What = 'an empty text'; Text = '' }
        @{ What = 'nothing'; Text = $null }
        @{ What = 'prose'; Text = 'he claims=nothing of the kind' }
        @{ What = 'another scheme'; Text = 'Basic realm="x"' }
        @{ What = 'another error'; Text = '{"error":{"code":"Forbidden","message":"no"}}' }
    )
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    $standard = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($claims))
    $header = 'Bearer realm="", authorization_uri="https://login.example/common/oauth2/authorize", error="insufficient_claims", claims="{0}"' -f $standard
    $message = '&claims=' + [uri]::EscapeDataString($claims)
    $body = @{ error = @{ code = 'RoleAssignmentRequestAcrsValidationFailed'; message = $message } } | ConvertTo-Json -Compress

    function New-Response {
        param([int] $Status, [string] $Header, [string] $Body, [string] $Uri = 'https://graph.microsoft.com/v1.0/roleManagement')
        $response = [System.Net.Http.HttpResponseMessage]::new($Status)
        $response.Content = [System.Net.Http.StringContent]::new($Body)
        $response.RequestMessage = [System.Net.Http.HttpRequestMessage]::new('POST', $Uri)
        if ($Header) { $null = $response.Headers.TryAddWithoutValidation('WWW-Authenticate', $Header) }
        $response
    }
}

Describe 'Get-PIMClaimsChallenge' {
    It 'finds it in <What>' -ForEach $texts {
        $found = @($Text | Get-PIMClaimsChallenge)
        $found.Count | Should -Be 1
        $found[0].AuthenticationContexts | Should -Be 'c1'
        $found[0].Demands | Should -Be 'acrs'
        $found[0].Claims | Should -Be $claims
        $found[0].Base64 | Should -Be $standard
        $found[0].PSObject.TypeNames | Should -Contain 'PIMStepUp.ClaimsChallenge'
    }

    It 'says nothing about <What>' -ForEach $innocent {
        @($Text | Get-PIMClaimsChallenge).Count | Should -Be 0
    }

    It 'finds it in the error that Invoke-RestMethod throws' {
        $exception = [Microsoft.PowerShell.Commands.HttpResponseException]::new('Response status code does not indicate success: 401 (Unauthorized).', (New-Response 401 $header '{"error":{"code":"InvalidAuthenticationToken"}}'))
        $record = [System.Management.Automation.ErrorRecord]::new($exception, 'WebCmdletWebResponseException', 'InvalidOperation', $null)
        $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new('{"error":{"code":"InvalidAuthenticationToken"}}')
        $found = $record | Get-PIMClaimsChallenge
        $found.AuthenticationContexts | Should -Be 'c1'
        $found.FoundIn | Should -Be 'header'
        $found.Scheme | Should -Be 'Bearer'
        $found.RequestUri.Host | Should -Be 'graph.microsoft.com'
    }

    It 'finds it in the body that the error''s details hold, when the response can no longer be read' {
        $response = New-Response 400 '' 'gone'
        $response.Content.Dispose()
        $record = [System.Management.Automation.ErrorRecord]::new([Microsoft.PowerShell.Commands.HttpResponseException]::new('400', $response), 'x', 'InvalidOperation', $null)
        $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($body)
        ($record | Get-PIMClaimsChallenge).ErrorCode | Should -Be 'RoleAssignmentRequestAcrsValidationFailed'
    }

    It 'leaves the error the last one, for the command that is given $Error[0] next' {
        $response = New-Response 401 $header 'gone'
        $response.Content.Dispose()
        try { throw [Microsoft.PowerShell.Commands.HttpResponseException]::new('refused', $response) } catch { $null = $_ | Get-PIMClaimsChallenge }
        $Error[0].Exception.Message | Should -Be 'refused'
        ($Error[0] | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
    }

    It 'finds it in the error details of the Graph SDK, which hold the whole answer' {
        $record = [System.Management.Automation.ErrorRecord]::new([System.Exception]::new('failed'), 'x', 'InvalidOperation', $null)
        $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new("POST https://graph.microsoft.com/v1.0/x`nHTTP/1.1 400 Bad Request`nTransfer-Encoding: chunked`n`n$body")
        ($record | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
    }

    It 'finds it in a nested exception' {
        $exception = [System.AggregateException]::new('outer', [System.InvalidOperationException]::new($message))
        ($exception | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
    }

    It 'finds it in a response' {
        ((New-Response 401 $header '') | Get-PIMClaimsChallenge).FoundIn | Should -Be 'header'
        ((New-Response 400 '' $body) | Get-PIMClaimsChallenge).FoundIn | Should -Be 'body'
    }

    It 'finds it in what Invoke-AzRestMethod and Invoke-WebRequest return' {
        ([pscustomobject] @{ StatusCode = 400; Headers = @{}; Content = $body } | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
        ([pscustomobject] @{ StatusCode = 401; Headers = @{ 'WWW-Authenticate' = @($header) }; Content = '' } | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
        ([pscustomobject] @{ StatusCode = 400; Headers = @{}; Content = [Text.Encoding]::UTF8.GetBytes($body) } | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
    }

    It 'finds it in headers and in a parsed body' {
        (Get-PIMClaimsChallenge -InputObject @{ 'www-authenticate' = $header }).AuthenticationContexts | Should -Be 'c1'
        (Get-PIMClaimsChallenge -InputObject (New-Response 401 $header '').Headers).AuthenticationContexts | Should -Be 'c1'
        ((New-Response 401 $header '').Headers | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
        ((New-Response 401 $header '').Headers.WwwAuthenticate | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
        ($body | ConvertFrom-Json | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
        (Get-PIMClaimsChallenge -InputObject ($body | ConvertFrom-Json -AsHashtable)).AuthenticationContexts | Should -Be 'c1'
    }

    It 'passes its own output through' {
        $first = $header | Get-PIMClaimsChallenge
        ($first | Get-PIMClaimsChallenge).Claims | Should -Be $first.Claims
    }

    It 'returns the one to answer, or all' {
        $second = $claims.Replace('c1', 'c2')
        $both = "$header, Bearer error=`"insufficient_claims`", claims=`"$([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($second)))`""
        @($both | Get-PIMClaimsChallenge).Count | Should -Be 1
        @($both | Get-PIMClaimsChallenge -All).Count | Should -Be 2
    }

    It 'refuses what is malformed with ChallengeMalformed, and goes on with the next input' {
        $broken = 'Bearer error="insufficient_claims", claims="!!!"'
        $found = @($broken, $header | Get-PIMClaimsChallenge -ErrorAction SilentlyContinue -ErrorVariable problems)
        $found.Count | Should -Be 1
        Get-ErrorCode $problems[0] | Should -Be 'ChallengeMalformed'
        $problems[0].TargetObject | Should -Be $broken
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'answers a hostile megabyte at once' {
        $hostile = 'claims="' * 131072
        (Measure-Command { $null = $hostile | Get-PIMClaimsChallenge -ErrorAction SilentlyContinue }).TotalSeconds | Should -BeLessThan 5
    }

    It 'tells the API of the request that was refused' {
        (New-Response 401 $header '' | Get-PIMClaimsChallenge).Resource | Should -Be 'https://graph.microsoft.com'
        $record = [System.Management.Automation.ErrorRecord]::new([System.Exception]::new('failed'), 'x', 'InvalidOperation', $null)
        $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new("POST https://graph.microsoft.us/v1.0/x`nHTTP/1.1 400 Bad Request`n`n$body")
        ($record | Get-PIMClaimsChallenge).RequestUri | Should -Be 'https://graph.microsoft.us/v1.0/x'
        ($header | Get-PIMClaimsChallenge).Resource | Should -BeNullOrEmpty
    }

    It 'tells the API of an answer that Invoke-WebRequest returned' {
        $answer = [pscustomobject] @{ StatusCode = 401; Headers = @{ 'WWW-Authenticate' = [string[]] $header }; BaseResponse = New-Response 401 $header '' 'https://management.azure.com/subscriptions' }
        ($answer | Get-PIMClaimsChallenge).Resource | Should -Be 'https://management.azure.com'
    }

    It 'tells the API of an Azure cmdlet, by the request beside the response' {
        # As Microsoft.Rest.Azure.CloudException has them.
        $exception = [System.Exception]::new('Operation returned an invalid status code')
        $request = [pscustomobject] @{ RequestUri = [uri] 'https://management.azure.com/subscriptions/x?api-version=2020-01-01' }
        $exception | Add-Member -NotePropertyMembers @{ Request = $request; Response = [pscustomobject] @{ StatusCode = 401; Headers = @{ 'WWW-Authenticate' = @($header) }; Content = '{}' } }
        $found = $exception | Get-PIMClaimsChallenge
        $found.AuthenticationContexts | Should -Be 'c1'
        $found.Resource | Should -Be 'https://management.azure.com'
    }

    It 'tells the API by what <Tool> prints' -ForEach @(
        @{ Tool = 'Azure PowerShell'; Line = 'Connect-AzAccount -Tenant "x" -ClaimsChallenge "{0}"'; Resource = 'Arm' }
        @{ Tool = 'the Azure CLI'; Line = 'az login --tenant "x" --scope "https://management.core.windows.net//.default" --claims-challenge "{0}"'; Resource = 'Arm' }
        @{ Tool = 'the Azure CLI for a vault'; Line = 'az login --scope https://vault.azure.net/.default --claims-challenge "{0}"'; Resource = 'https://vault.azure.net' }
    ) {
        ($Line -f $standard | Get-PIMClaimsChallenge).Resource | Should -Be $Resource
    }

    It 'finds it in what another stream said' {
        $warning = & { Write-Warning "$header" } 3>&1
        ($warning | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
        $information = & { Write-Host $header } 6>&1
        ($information | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
    }

    It 'does not search through all that hangs on an object' {
        $live = (Get-Process -Id $PID), (Get-Item $TestDrive), [pscustomobject] @{ error = @{ message = $message }; process = Get-Process -Id $PID }
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        @($live | Get-PIMClaimsChallenge).AuthenticationContexts | Should -Be 'c1'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
    }

    It 'is one error in Get-PIMAccessToken when it is malformed' {
        'Bearer error="insufficient_claims", claims="!!!"' | Get-PIMAccessToken -ErrorAction SilentlyContinue -ErrorVariable problems
        @($problems).Count | Should -Be 1
        Get-ErrorCode $problems[0] | Should -Be 'ChallengeMalformed'
    }

    It 'is shown with the contexts that it asks for' {
        ($header | Get-PIMClaimsChallenge | Out-String) | Should -BeLike '*c1*'
    }
}
