# Runs one part in a PowerShell of its own and writes down everything that could be seen of it, a file for each place.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Part,
    [Parameter(Mandatory)] [string] $Manifest,
    [Parameter(Mandatory)] [string] $Folder,
    # The emulator that the part talks to, as JSON.
    [Parameter(Mandatory)] [string] $EmulatorFile
)

$null = New-Item -ItemType Directory -Force $Folder
Import-Module $Manifest -DisableNameChecking
$module = Get-Module PIMStepUp
$seen = [System.Collections.Generic.List[string]]::new()

# Every event of the C ABI passes through this function. The token that was asked for has been taken out before it.
$original = & $module { ${function:ConvertFrom-PimJson} }
& $module {
    param($original, $seen)
    $script:PimWatch = @{ Read = $original; Seen = $seen }
    function script:ConvertFrom-PimJson {
        param([string] $Text)
        $script:PimWatch.Seen.Add($Text)
        & $script:PimWatch.Read $Text
    }
} $original $seen

$emulator = Get-Content -Raw $EmulatorFile | ConvertFrom-Json
$global:GivenEmulator = $emulator
$emulator.PSObject.TypeNames.Insert(0, 'PIMStepUp.Emulator')

function Send-Control {
    # Silent: with -Debug, PowerShell's own web commands show what they send.
    param([string] $Path, $Body, [string] $Method = 'Post', $To = $emulator)
    $text = if ($Body -is [string]) { $Body } else { ConvertTo-Json -InputObject $Body -Depth 10 -Compress }
    Invoke-RestMethod "$($To.Control)$Path" -Method $Method -Body $text -ContentType 'application/json; charset=utf-8' -NoProxy -Verbose:$false -Debug:$false
}

function Write-Record {
    # A record in all its forms, and what its formatting leaves out.
    param($Record)
    $Record | Out-String -Width 4096
    $Record | Format-List * -Force | Out-String -Width 4096
    if ($Record -is [System.Management.Automation.ErrorRecord]) {
        $Record.Exception.ToString()
        $Record.ErrorDetails | Format-List * -Force | Out-String -Width 4096
        ConvertTo-Json -InputObject $Record.Exception.Data['PIMError'] -Depth 9
        $Record.TargetObject | Format-List * -Force | Out-String -Width 4096
        $Record.InvocationInfo | Format-List * -Force | Out-String -Width 4096
    }
}

function Write-Variable {
    # Dictionaries with keys of any kind, which JSON does not take.
    param([string] $Name, $Value, [int] $Depth)
    if ($Value -is [System.Collections.IDictionary] -and $Depth -gt 0) {
        foreach ($key in @($Value.Keys)) { Write-Variable "$Name.$key" $Value[$key] ($Depth - 1) }
    } elseif ($Value -is [System.Collections.IList] -and $Depth -gt 0) {
        foreach ($item in $Value) { Write-Variable $Name $item ($Depth - 1) }
    } else {
        "$Name = $Value $($Value | Format-List * -Force | Out-String -Width 4096)"
    }
}

$VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
$ProgressPreference = 'SilentlyContinue'
$PSDefaultParameterValues = @{ '*-PIM*:Verbose' = $true; '*-PIM*:Debug' = $true }
$records = [System.Collections.Generic.List[object]]::new()
$null = Start-Transcript (Join-Path $Folder transcript.txt) -IncludeInvocationHeader
# To the host as well: only what is shown there is in the transcript.
. (Join-Path $PSScriptRoot "$Part.ps1") *>&1 | ForEach-Object { $records.Add($_); $_ } | Out-Default
$null = Stop-Transcript
$VerbosePreference = $DebugPreference = 'SilentlyContinue'

Set-Content (Join-Path $Folder streams.txt) @($records | ForEach-Object { Write-Record $_ })
Set-Content (Join-Path $Folder errors.txt) @($Error | ForEach-Object { Write-Record $_ })
Set-Content (Join-Path $Folder events.txt) $seen
Set-Content (Join-Path $Folder variables.txt) @(
    & $module { Get-Variable -Scope Script | Where-Object Name -like 'Pim*' | Where-Object Name -ne PimWatch } |
        ForEach-Object { Write-Variable $_.Name $_.Value 5 })
$codes = @($Error | ForEach-Object { ([string] $_.FullyQualifiedErrorId -split ',')[0] }) +
    @($records | ForEach-Object { if ($_ -is [pscustomobject] -and $_.PSObject.Properties['Error'] -and $_.Error) { $_.Error.Code } })
Set-Content (Join-Path $Folder codes.txt) @($codes | Sort-Object -Unique)
Set-Content (Join-Path $Folder kinds.txt) @($records | ForEach-Object { $_.GetType().Name } | Sort-Object -Unique)
