# The golden replies of the library, which Rust holds to the code, turned into objects by the module.
BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $operations = Get-ChildItem "$PSScriptRoot/../golden" -Directory | ForEach-Object { @{ Operation = $_.Name; Folder = $_.FullName } }
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule

    function Read-Golden {
        param([string] $Operation, [string] $Part)
        , (Get-Content -Raw "$PSScriptRoot/../golden/$Operation/$Part.json" | ConvertFrom-Json)
    }
}

AfterAll {
    Get-Module PIMStepUp | Remove-Module -Force
}

Describe '<Operation>' -ForEach $operations {
    It 'has an error that becomes an error record' {
        $failure = Read-Golden $Operation error
        $record = & (Get-Module PIMStepUp) { New-PimErrorRecord -Failure $args[0] } $failure
        $record.FullyQualifiedErrorId | Should -BeExactly $failure.code
        [string] $record.CategoryInfo.Category | Should -BeExactly $failure.category
        $record.Exception.Message | Should -BeExactly $failure.message
        $record.Exception.Data['PIMError'].code | Should -BeExactly $failure.code
        if ($failure.PSObject.Properties['hint']) { $record.ErrorDetails.RecommendedAction | Should -BeExactly $failure.hint }
    }
}

Describe 'Operations' {
    It 'that the module calls have golden files' {
        $source = (Get-ChildItem $ModulePath -Recurse -Include *.ps1, *.psm1 | Get-Content -Raw) -join "`n"
        $called = @([regex]::Matches($source, "-Operation '([\w.]+)'") | ForEach-Object { $_.Groups[1].Value } | Sort-Object -Unique)
        $called.Count | Should -BeGreaterThan 5
        foreach ($name in $called) { "$PSScriptRoot/../golden/$name/reply.json" | Should -Exist }
    }
}

Describe 'Objects' {
    It 'of role.list' {
        foreach ($entry in (Read-Golden role.list output)) {
            $role = & (Get-Module PIMStepUp) { if ($args[0].kind -eq 'directory') { ConvertTo-PimDirectoryRole $args[0] } else { ConvertTo-PimResourceRole $args[0] } } $entry
            $role.RoleName | Should -Be $entry.roleName
            $role.id | Should -Not -BeNullOrEmpty
            $selector = & (Get-Module PIMStepUp) { ConvertTo-PimRoleSelector -Role $args[0] -Kind $args[1] } $role $entry.kind
            $selector.roleDefinitionId | Should -Be $entry.roleDefinitionId
            $selector.scope | Should -Be $entry.scope
            $selector.scheduleId | Should -Be $entry.scheduleId
        }
    }

    It 'of role.activate' {
        foreach ($result in (Read-Golden role.activate output)) {
            $full = & (Get-Module PIMStepUp) { ConvertTo-PimActivationResult $args[0] } $result
            $full.ActivationStatus | Should -Be $result.status
            $full.Duration | Should -Be ([System.Xml.XmlConvert]::ToTimeSpan($result.duration))
            $full.EndDateTime | Should -BeOfType [datetime]
            $full.AuthenticationContexts | Should -Be $result.authenticationContexts
            $kind = $result.kind
            $short = & (Get-Module PIMStepUp) { if ($args[0].kind -eq 'directory') { ConvertTo-PimDirectoryActivation $args[0] } else { ConvertTo-PimResourceActivation $args[0] } } $result
            if ($kind -eq 'directory') { $short | Should -BeOfType [hashtable] } else { $short.Status | Should -Be $result.serviceStatus }
            $short.ActivationStatus | Should -Be $result.status
        }
    }

    It 'of challenge.parse' {
        foreach ($challenge in (Read-Golden challenge.parse reply).challenges) {
            $object = & (Get-Module PIMStepUp) { ConvertTo-PimChallenge -Challenge $args[0] } $challenge
            $object.Claims | Should -BeExactly $challenge.claimsText
            $object.Base64 | Should -BeExactly $challenge.claimsBase64
            $object.AuthenticationContexts | Should -Be $challenge.authenticationContexts
        }
    }

    It 'of session.show' {
        $value = Read-Golden session.show reply
        $context = & (Get-Module PIMStepUp) { ConvertTo-PimContext -Value $args[0] -Session 1 } $value
        $context.Account | Should -Be $value.account.username
        $context.TenantId | Should -Be $value.account.tenantId
        $context.Tokens.Count | Should -Be @($value.tokens).Count
        $context.Tokens[0].ExpiresOn | Should -BeOfType [datetime]
    }
}

Describe 'Values' {
    It 'times are the same whether the shell made a [datetime] of them or left a string' {
        $text = '2026-01-15T12:00:00Z'
        $fromText = & (Get-Module PIMStepUp) { ConvertTo-PimTime $args[0] } $text
        $fromTime = & (Get-Module PIMStepUp) { ConvertTo-PimTime $args[0] } ([datetime] $text).ToUniversalTime()
        $fromText | Should -Be $fromTime
        $fromText.Kind | Should -Be 'Utc'
        & (Get-Module PIMStepUp) { ConvertTo-PimTime '2026-01-15T12:00:00.1234567Z' } | Should -BeOfType [datetime]
        & (Get-Module PIMStepUp) { ConvertTo-PimTime 'never' } | Should -BeNullOrEmpty
        & (Get-Module PIMStepUp) { ConvertTo-PimTime $null } | Should -BeNullOrEmpty
    }

    It 'durations are ISO 8601 on the wire' {
        & (Get-Module PIMStepUp) { ConvertTo-PimDuration -Hours 0 } | Should -Be 'PT30M'
        & (Get-Module PIMStepUp) { ConvertTo-PimDuration -Hours 8 } | Should -Be 'PT8H'
        & (Get-Module PIMStepUp) { ConvertTo-PimDuration -Hours 1 -Duration ([timespan] '01:30:00') } | Should -Be 'PT1H30M'
        & (Get-Module PIMStepUp) { ConvertTo-PimDuration -Hours 1 -Maximum } | Should -BeNullOrEmpty
    }

    It 'a platform has its folder and file names' {
        $module = Get-Module PIMStepUp
        foreach ($name in 'Binding', 'Library', 'Emulator') { & $module { Get-PimBinary -Name $args[0] } $name | Should -Exist }
        $known = @{ 'ubuntu.24.04-x64' = 'linux-x64'; 'linux-musl-arm64' = 'linux-musl-arm64'; 'osx-arm64' = 'osx-arm64'; 'osx.14-x64' = 'osx-x64'; 'linux-arm64' = 'linux-arm64' }
        foreach ($runtime in $known.Keys) { & $module { Get-PimUnixPlatform $args[0] } $runtime | Should -BeExactly $known[$runtime] }
    }
}
