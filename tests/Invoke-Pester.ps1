# Runs the Pester files of one folder in a PowerShell of their own and writes the counts as JSON.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $Pester,
    [Parameter(Mandatory)] [string] $Result
)

$ErrorActionPreference = 'Stop'
Import-Module $Pester

$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$configuration.Output.RenderMode = 'Plaintext'
$configuration.TestRegistry.Enabled = $false
$run = Invoke-Pester -Configuration $configuration

$detail = @(
    foreach ($test in $run.Failed) {
        $test.ExpandedPath
        foreach ($record in $test.ErrorRecord) { ("$($record.DisplayErrorMessage)`n$($record.DisplayStackTrace)" -split "`n").ForEach({ "    $($_.TrimEnd())" }) }
    }
    foreach ($container in $run.FailedContainers) { "$($container.Item): $($container.ErrorRecord)" }
    foreach ($block in $run.FailedBlocks) { "$($block.ExpandedPath): $($block.ErrorRecord)" }
    foreach ($test in $run.Skipped) { "skipped: $($test.ExpandedPath)" }
)

@{
    passed  = $run.PassedCount
    # A block or a file that could not be set up has tests that never ran.
    failed  = $run.FailedCount + $run.FailedContainersCount + $run.FailedBlocksCount
    skipped = $run.SkippedCount + $run.InconclusiveCount
    detail  = $detail
} | ConvertTo-Json -Depth 4 | Set-Content -LiteralPath $Result -Encoding utf8
