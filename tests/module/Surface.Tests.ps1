BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $contractParameters = foreach ($function in $Contract.PSObject.Properties) {
        foreach ($parameter in $function.Value.parameters.PSObject.Properties) {
            @{ Function = $function.Name; Parameter = $parameter.Name; Expected = $parameter.Value }
        }
    }
    $contractFunctions = foreach ($function in $Contract.PSObject.Properties) { @{ Function = $function.Name; Expected = $function.Value } }
    # What these said was done to every setting that the caller did not name: a defect (8), not a promise.
    $destructive = 'requireJustification', 'requireAuthenticationContext', 'requireApproval', 'allowPermanentAssignment'
    $defaults = @($contractParameters | Where-Object { $_.Expected.default -and $_.Parameter -notin $destructive -and $_.Parameter -ne 'tenantId' })
    $manifest = Import-PowerShellDataFile $Manifest
    $exported = foreach ($name in $manifest.FunctionsToExport) { @{ Function = $name } }
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule
}

Describe 'What the module exports' {
    It 'exports what the manifest lists, and nothing else' {
        $data = Import-PowerShellDataFile $Manifest
        $module = Get-Module PIMStepUp
        @($module.ExportedFunctions.Keys | Sort-Object) | Should -Be @($data.FunctionsToExport | Sort-Object)
        @($module.ExportedAliases.Keys | Sort-Object) | Should -Be @($data.AliasesToExport | Sort-Object)
        $module.ExportedVariables.Count | Should -Be 0
        $module.ExportedCmdlets.Count | Should -Be 0
    }

    It 'takes a session of the caller''s choice in <Function>' -ForEach ($exported | Where-Object { $_.Function -notmatch 'Connect-PIM$|PIMEmulator|PIMCache' }) {
        (Get-Command $Function).Parameters['Context'] | Should -Not -BeNullOrEmpty
    }

    It 'offers -WhatIf in <_>, which writes' -ForEach 'Invoke-PIMDirectoryRoleActivation', 'Invoke-PIMResourceRoleActivation', 'Invoke-PIMRestMethod' {
        (Get-Command $_).Parameters['WhatIf'] | Should -Not -BeNullOrEmpty
    }
}

Describe 'Contract of AzurePIMStuff' {
    It '<Function> has the aliases it had' -ForEach $contractFunctions {
        foreach ($alias in $Expected.aliases) { (Get-Alias $alias).ResolvedCommand.Name | Should -Be $Function }
    }

    It '<Function> has its parameter sets' -ForEach $contractFunctions {
        $command = Get-Command $Function
        if ($Expected.defaultParameterSet) { $command.DefaultParameterSet | Should -BeExactly $Expected.defaultParameterSet }
        @($command.ParameterSets.Name | Sort-Object) | Should -BeExactly @($Expected.parameterSets | Sort-Object)
    }

    It '<Function> -<Parameter> has its type, position and obligation' -ForEach $contractParameters {
        $actual = (Get-Command $Function).Parameters[$Parameter]
        $actual | Should -Not -BeNullOrEmpty
        $actual.Name | Should -BeExactly $Parameter
        $actual.ParameterType.FullName | Should -Be $Expected.type
        $attribute = $actual.Attributes | Where-Object { $_ -is [System.Management.Automation.ParameterAttribute] } | Select-Object -First 1
        $attribute.Mandatory | Should -Be $Expected.mandatory
        if ($null -ne $Expected.position) { $attribute.Position | Should -Be $Expected.position } else { $attribute.Position | Should -BeLessThan 0 }
        $range = $actual.Attributes | Where-Object { $_ -is [System.Management.Automation.ValidateRangeAttribute] }
        if ($Expected.PSObject.Properties['validateRange']) {
            $range.MinRange, $range.MaxRange | Should -Be $Expected.validateRange
        } else {
            $range | Should -BeNullOrEmpty
        }
        @($actual.ParameterSets.Keys | Sort-Object) | Should -BeExactly @($Expected.parameterSets | Sort-Object)
        foreach ($alias in $Expected.aliases) { $actual.Aliases | Should -Contain $alias }
        $completer = $actual.Attributes | Where-Object { $_ -is [System.Management.Automation.ArgumentCompleterAttribute] }
        if ($Expected.PSObject.Properties['argumentCompleter']) { $completer | Should -Not -BeNullOrEmpty }
        if ($Expected.PSObject.Properties['validateNotNullOrEmpty']) {
            $actual.Attributes | Where-Object { $_ -is [System.Management.Automation.ValidateNotNullOrEmptyAttribute] } | Should -Not -BeNullOrEmpty
        }
    }

    It '<Function> -<Parameter> defaults to <Expected.default>' -ForEach $defaults {
        $ast = (Get-Command $Function).ScriptBlock.Ast.Body.ParamBlock.Parameters | Where-Object { $_.Name.VariablePath.UserPath -eq $Parameter }
        $ast.DefaultValue.Extent.Text | Should -Be $Expected.default.Replace('"', "'")
    }
}

Describe 'Native binding' {
    It 'has every function of the header with as many arguments' {
        $header = Get-ChildItem "$PSScriptRoot/../../rust/ffi/include/*.h" | Get-Content -Raw
        $declared = [regex]::Matches(($header -replace '(?s)/\*.*?\*/' -replace '//[^\n]*'), '(?m)(pim_\w+)\s*\(([^)]*)\)\s*;')
        $native = & (Get-Module PIMStepUp) { Get-PimNative }
        $bound = foreach ($method in $native.GetMethods([System.Reflection.BindingFlags]'Public, Static, DeclaredOnly')) {
            '{0}/{1}' -f $method.Name, $method.GetParameters().Count
        }
        $expected = foreach ($match in $declared) {
            $arguments = $match.Groups[2].Value.Trim()
            $count = if ($arguments -in '', 'void') { 0 } else { ($arguments -split ',').Count }
            '{0}/{1}' -f $match.Groups[1].Value, $count
        }
        @($expected).Count | Should -BeGreaterThan 5
        @($bound | Sort-Object) | Should -Be @($expected | Sort-Object)
    }

    It 'refers to nothing that Windows PowerShell 5.1 lacks' {
        $native = & (Get-Module PIMStepUp) { Get-PimNative }
        $references = $native.Assembly.GetReferencedAssemblies()
        @($references.Name) | Should -Be @('mscorlib')
        $references[0].Version | Should -Be ([version] '4.0.0.0')
    }
}
