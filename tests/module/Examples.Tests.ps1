# Every example of the help runs against the emulator as it stands; where it would open a browser, the scripted one takes its place.
BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
    $examples = foreach ($name in (Import-PowerShellDataFile $Manifest).FunctionsToExport) {
        $number = 0
        foreach ($text in (Get-Command $name).ScriptBlock.Ast.GetHelpContent().Examples) {
            $number++
            $lines = @($text -split '\r?\n' | Where-Object { $_ -match '^\s*PS> ' } | ForEach-Object { $_ -replace '^\s*PS> ' })
            @{ Function = $name; Number = $number; Code = $lines -join "`n" }
        }
    }
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe '<Function>, example <Number>' -ForEach $examples {
    BeforeAll {
        $emulator = Start-PIMEmulator
        # Commands of administrators are run by one.
        $account = if ($Function -match 'Assignment|Group$|MemberOf') { 'patti@contoso.example' } else { 'adele@contoso.example' }
        $null = Connect-TestUser $emulator -Account $account
        $claims = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'))
        if ($Code -like '*catch*') {
            Add-Fault $emulator @{ service = 'graph'; pathContains = '/v1.0/me'; times = 1; status = 401; headers = @{ 'WWW-Authenticate' = "Bearer error=`"insufficient_claims`", claims=`"$claims`"" }; body = '' }
        }
        # What the examples take for granted.
        $uri = "$($emulator.Graph)/v1.0/me"
        $token = Get-PIMAccessToken
        $request = @{ Uri = $uri; Authentication = 'Bearer' }
        $failure = "Bearer error=`"insufficient_claims`", claims=`"$claims`""
        function Get-Credential { [pscredential]::new('d1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47', (ConvertTo-SecureString 'rehearsal-secret-of-contoso-automation' -AsPlainText -Force)) }
        function Connect-AzAccount { param([string] $ClaimsChallenge) $ClaimsChallenge }
        $global:PSDefaultParameterValues = @{
            'Invoke-RestMethod:AllowUnencryptedAuthentication' = $true
            'Connect-PIM:Environment'                          = $emulator
            'Connect-PIM:BrowserCommand'                       = [string[]] ($emulator.BrowserCommand + '--account' + 'adele@contoso.example')
        }
        # Who signs in without a browser has none to name.
        if ($Code -like '*-ClientSecret*') { $global:PSDefaultParameterValues.Remove('Connect-PIM:BrowserCommand') }
    }
    AfterAll {
        $global:PSDefaultParameterValues = @{}
        Stop-PIMEmulator
    }

    It 'runs' {
        $Code | Should -Not -BeNullOrEmpty
        $problems = @(. ([scriptblock]::Create($Code)) 2>&1 3> $null | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
        $problems | Should -BeNullOrEmpty
    }
}
