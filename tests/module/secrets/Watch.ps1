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
$records, $beside = [System.Collections.Generic.List[object]]::new(), [System.Collections.Generic.List[object]]::new()
$seen = [System.Collections.Concurrent.ConcurrentQueue[string]]::new()
. (Join-Path $PSScriptRoot Shell.ps1)
. $watching $Manifest $seen
$module = Get-Module PIMStepUp

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

. $talking
$null = Start-Transcript (Join-Path $Folder transcript.txt) -IncludeInvocationHeader
# To the host as well: only what is shown there is in the transcript.
. (Join-Path $PSScriptRoot "$Part.ps1") *>&1 | ForEach-Object { $records.Add($_); $_ } | Out-Default
$null = Stop-Transcript
$VerbosePreference = $DebugPreference = 'SilentlyContinue'

$everything = @($records) + @($beside) + @($Error)
Set-Content (Join-Path $Folder streams.txt) @(@($records) + @($beside) | ForEach-Object { Write-Record $_ })
Set-Content (Join-Path $Folder errors.txt) @($Error | ForEach-Object { Write-Record $_ })
Set-Content (Join-Path $Folder events.txt) @($seen)
Set-Content (Join-Path $Folder variables.txt) @(
    & $module { Get-Variable -Scope Script | Where-Object Name -like 'Pim*' | Where-Object Name -ne PimWatch } |
        ForEach-Object { Write-Variable $_.Name $_.Value 5 })
# Of what the commands report themselves, as an error or in a result.
$codes = foreach ($record in $everything) {
    if ($record -is [System.Management.Automation.ErrorRecord] -and $record.Exception.Data['PIMError']) { $record.Exception.Data['PIMError']['code'] }
    if ($record -is [pscustomobject] -and $record.PSObject.Properties['Error'] -and $record.Error) { $record.Error.code }
}
Set-Content (Join-Path $Folder codes.txt) @($codes | Sort-Object -Unique)
Set-Content (Join-Path $Folder kinds.txt) @($records | ForEach-Object { $_.GetType().Name } | Sort-Object -Unique)
