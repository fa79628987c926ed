BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $sources = Get-ChildItem $ModulePath -Recurse -Include *.ps1, *.psm1, *.psd1 | ForEach-Object { @{ File = $_.FullName; Name = $_.Name } }
    $pages = @(Get-Item "$PSScriptRoot/../../README.md"; Get-ChildItem "$PSScriptRoot/../../docs" -Recurse -Filter *.md) |
        Where-Object { (Get-Content -Raw $_) -match '```powershell' } | ForEach-Object { @{ Page = $_.Name; File = $_.FullName } }
    $exported = (Import-PowerShellDataFile $Manifest).FunctionsToExport | ForEach-Object { @{ Function = $_ } }
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    Import-TestModule

    function Get-Source {
        param([string] $File)
        $tokens = $problems = $null
        $ast = [System.Management.Automation.Language.Parser]::ParseFile($File, [ref] $tokens, [ref] $problems)
        @{ Ast = $ast; Tokens = $tokens; Problems = $problems; Text = [System.IO.File]::ReadAllText($File) }
    }

    function Find-Ast {
        param($Source, [scriptblock] $Where)
        @($Source.Ast.FindAll($Where, $true) | ForEach-Object { "line $($_.Extent.StartLineNumber): $($_.Extent.Text)" })
    }
}

Describe 'Windows PowerShell 5.1 can read <Name>' -ForEach $sources {
    BeforeAll { $source = Get-Source $File }

    It 'parses' { @($source.Problems).Count | Should -Be 0 }

    It 'is plain ASCII, which 5.1 reads the same with and without a byte order mark' {
        [regex]::Matches($source.Text, '[^\x09\x0a\x0d\x20-\x7e]').Count | Should -Be 0
    }

    It 'has no syntax that came later' {
        $later = 'QuestionMark', 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'AndAnd', 'OrOr', 'Ampersand', 'Clean'
        $used = @($source.Tokens | Where-Object { $later -contains [string] $_.Kind } |
                Where-Object { [string] $_.Kind -ne 'Ampersand' -or $_.TokenFlags -band [System.Management.Automation.Language.TokenFlags]::SpecialOperator -and $_.Extent.Text -ne '&' })
        $used | ForEach-Object { "line $($_.Extent.StartLineNumber): $($_.Extent.Text)" } | Should -BeNullOrEmpty
        Find-Ast $source { $args[0].GetType().Name -in 'TernaryExpressionAst', 'PipelineChainAst' } | Should -BeNullOrEmpty
        Find-Ast $source { $args[0] -is [System.Management.Automation.Language.PipelineAst] -and $args[0].Background } | Should -BeNullOrEmpty
    }

    It 'has no class, using statement or code to compile, which would be paid for at import' {
        Find-Ast $source { $args[0] -is [System.Management.Automation.Language.TypeDefinitionAst] } | Should -BeNullOrEmpty
        Find-Ast $source { $args[0] -is [System.Management.Automation.Language.UsingStatementAst] } | Should -BeNullOrEmpty
        Find-Ast $source { $args[0] -is [System.Management.Automation.Language.CommandAst] -and $args[0].GetCommandName() -in 'Add-Type', 'Import-Module', 'Export-ModuleMember' } |
            Should -BeNullOrEmpty
    }

    It 'uses no variable, parameter or type that 5.1 lacks' {
        Find-Ast $source { $args[0] -is [System.Management.Automation.Language.VariableExpressionAst] -and $args[0].VariablePath.UserPath -in 'IsWindows', 'IsLinux', 'IsMacOS', 'IsCoreCLR' } |
            Should -BeNullOrEmpty
        Find-Ast $source { $args[0] -is [System.Management.Automation.Language.TypeExpressionAst] -and $args[0].TypeName.FullName -like '*NativeLibrary' } | Should -BeNullOrEmpty
        Find-Ast $source {
            $parameter = $args[0] -as [System.Management.Automation.Language.CommandParameterAst]
            if (-not $parameter) { return $false }
            $command = $parameter.Parent.GetCommandName()
            switch ($parameter.ParameterName) {
                'Parallel' { $command -eq 'ForEach-Object' }
                'Depth' { $command -eq 'ConvertFrom-Json' }
                'DateKind' { $true }
                'NoEnumerate' { $command -eq 'ConvertFrom-Json' }
                'SkipHttpErrorCheck' { $true }
                'AsByteStream' { $true }
                # Once, behind a look at whether the parameter exists.
                'AsHashtable' { $parameter.Parent.Extent.Text -ne 'ConvertFrom-Json -InputObject $Text -AsHashtable -ErrorAction Stop' }
                default { $false }
            }
        } | Should -BeNullOrEmpty
    }
}

Describe 'Import of <Name> costs little' -ForEach @($sources | Where-Object { $_.Name -like '*.ps1' -or $_.Name -like '*.psm1' }) {
    BeforeAll { $source = Get-Source $File }

    It 'defines functions and script variables, and does nothing else' {
        if ($Name -eq 'PIMStepUp.psm1' -and $source.Text.Contains('GetFiles')) { return Set-ItResult -Skipped -Because 'this loader is replaced in the package' }
        foreach ($statement in $source.Ast.EndBlock.Statements) {
            $isFunction = $statement -is [System.Management.Automation.Language.FunctionDefinitionAst]
            $isVariable = $statement -is [System.Management.Automation.Language.AssignmentStatementAst] -and $statement.Left.Extent.Text -like '$script:*'
            # Where the module cannot work, the import may say so.
            $isGuard = $statement -is [System.Management.Automation.Language.IfStatementAst] -and $statement.Clauses[0].Item2.Statements[0] -is [System.Management.Automation.Language.ThrowStatementAst]
            ($isFunction -or $isVariable -or $isGuard) | Should -BeTrue -Because $statement.Extent.Text
        }
    }
}

Describe 'Manners of <Function>' -ForEach $exported {
    BeforeAll {
        $command = Get-Command $Function
        $help = Get-Help $Function -Full
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
    }

    It 'has an approved verb' { (Get-Verb).Verb | Should -Contain $command.Verb }

    It 'has synopsis, description and examples' {
        $help.Synopsis.Trim() | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -BeLike "*$Function*"
        ($help.Description | Out-String).Trim() | Should -Not -BeNullOrEmpty
        @($help.Examples.Example).Count | Should -BeGreaterThan 0
    }

    It 'describes each parameter, and none that does not exist' {
        foreach ($name in $command.Parameters.Keys | Where-Object { $common -notcontains $_ }) {
            $described = $help.parameters.parameter | Where-Object { $_.name -eq $name }
            ($described.description | Out-String).Trim() | Should -Not -BeNullOrEmpty -Because "-$name is undescribed"
        }
        $text = $command.ScriptBlock.Ast.GetHelpContent()
        foreach ($name in $text.Parameters.Keys) { @($command.Parameters.Keys) | Should -Contain $name }
    }

    It 'has examples that parse' {
        foreach ($example in $help.Examples.Example) {
            $problems = $null
            $code = "$($example.code)" -replace '(?m)^PS> '
            $null = [System.Management.Automation.Language.Parser]::ParseInput($code, [ref] $null, [ref] $problems)
            @($problems).Count | Should -Be 0 -Because $code
        }
    }

    It 'stands in a file of its name, or in the merged module' {
        [System.IO.Path]::GetFileName($command.ScriptBlock.File) | Should -BeIn "$Function.ps1", 'PIMStepUp.psm1'
    }
}

Describe 'The topic' {
    It 'about_PIMStepUp names every exported command or its family' {
        $topic = Get-Content -Raw (Join-Path $ModulePath 'en-US/about_PIMStepUp.help.txt')
        foreach ($name in 'Connect-PIM', 'Disconnect-PIM', 'Get-PIMContext', 'Get-PIMClaimsChallenge', 'Get-PIMAccessToken', 'Invoke-PIMRestMethod', 'Start-PIMEmulator') {
            $topic | Should -BeLike "*$name*"
        }
    }
}

Describe 'The examples of <Page>' -ForEach $pages {
    It 'parse, and name parameters that exist' {
        foreach ($match in [regex]::Matches((Get-Content -Raw $File), '(?s)```powershell\r?\n(.*?)```')) {
            $problems = $null
            $ast = [System.Management.Automation.Language.Parser]::ParseInput($match.Groups[1].Value, [ref] $null, [ref] $problems)
            @($problems).Count | Should -Be 0 -Because $match.Value
            foreach ($call in $ast.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                $command = Get-Command -Module PIMStepUp -Name "$($call.GetCommandName())" -ErrorAction Ignore
                if ("$($call.GetCommandName())" -match '-PIM') { $command | Should -Not -BeNullOrEmpty -Because $call.Extent.Text }
                if (-not $command) { continue }
                foreach ($parameter in $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                    @($command.Parameters.Keys) | Should -Contain $parameter.ParameterName -Because $call.Extent.Text
                }
            }
        }
    }
}
