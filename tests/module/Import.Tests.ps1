BeforeAll {
    . "$PSScriptRoot/Common.ps1"

    function Measure-Import {
        # Milliseconds that Import-Module takes in a new process.
        param([string] $Path)
        $code = "`$w = [Diagnostics.Stopwatch]::StartNew(); Import-Module '$Path'; `$w.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)"
        [double] (& $PowerShell @PowerShellStart -NoProfile -NonInteractive -Command $code)
    }

    function Get-Median {
        param([double[]] $Values)
        ($Values | Sort-Object)[[int] [System.Math]::Floor($Values.Count / 2)]
    }
}

Describe 'Import' {
    It 'costs at most six times what an empty script module costs' {
        $empty = Join-Path $TestDrive 'EmptyOne'
        $null = New-Item -ItemType Directory $empty
        Set-Content "$empty/EmptyOne.psm1" ''
        New-ModuleManifest "$empty/EmptyOne.psd1" -RootModule EmptyOne.psm1 -FunctionsToExport @() -CmdletsToExport @() -AliasesToExport @() -VariablesToExport @()
        $ours = [System.Collections.Generic.List[double]]::new()
        $theirs = [System.Collections.Generic.List[double]]::new()
        # Interleaved, so that a busy moment meets both.
        foreach ($round in 1..7) {
            $theirs.Add((Measure-Import "$empty/EmptyOne.psd1"))
            $ours.Add((Measure-Import $Manifest))
        }
        $ratio = (Get-Median $ours) / (Get-Median $theirs)
        Write-Host ('import: {0:0.0} times an empty module' -f $ratio)
        $ratio | Should -BeLessOrEqual 6
    }

    It 'binds no library and leaves no session' {
        $code = "Import-Module '$Manifest'; & (Get-Module PIMStepUp) { `$null -eq `$PimNative -and `$PimSessions.Count -eq 0 }; Remove-Module PIMStepUp"
        & $PowerShell @PowerShellStart -NoProfile -NonInteractive -Command $code | Should -Be 'True'
    }

    It 'says in a constrained language that the module is not trusted' {
        $code = "`$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'; try { Import-Module '$Manifest' -ErrorAction Stop } catch { `$_.Exception.Message }"
        (& $PowerShell @PowerShellStart -NoProfile -NonInteractive -Command $code) -join ' ' | Should -BeLike '*not trusted here*ConstrainedLanguage*'
    }
}
