# Words for the demo: what was typed, what the emulator's journal says was sent, what came back.

function Write-Chapter {
    param([string] $Number, [string] $Title)
    Write-Host ''
    Write-Host "  $Number  $Title" -ForegroundColor Cyan
    Write-Host ''
}

function Write-Typed {
    param([string] $Text)
    Write-Host '  PS> ' -ForegroundColor DarkGray -NoNewline
    Write-Host $Text -ForegroundColor Yellow
}

function Write-Fact {
    param([string] $Text)
    Write-Host "      $Text"
}

function Write-Sent {
    param([string] $Text, [string] $Outcome, [string] $Color = 'DarkGray')
    Write-Host ('      {0,-78} ' -f $Text) -ForegroundColor DarkGray -NoNewline
    Write-Host $Outcome -ForegroundColor $Color
}

# Runs the action and tells what the services saw of it, in the order of their answers.
function Show-Story {
    param($Emulator, [string] $PageLog, [scriptblock] $Action)

    $seen = @(Get-JournalEntry $Emulator).Count
    $pages = @(Get-Content -LiteralPath $PageLog -ErrorAction Ignore).Count
    & $Action

    $entries = @(Get-JournalEntry $Emulator | Select-Object -Skip $seen)
    $windows = @($entries | Where-Object { $_.path -like '*/authorize' }).Count
    $queue = [System.Collections.Generic.Queue[string]]::new([string[]] @(Read-PageLog $PageLog $pages $windows))
    Write-Host ''
    foreach ($entry in $entries) { Show-Entry $entry $queue }
    Write-Host ''
}

# The command is done as soon as its answer is there; the browser may still be busy with the last page.
function Read-PageLog {
    param([string] $PageLog, [int] $Skip, [int] $Windows)

    if (-not (Test-Path -LiteralPath (Split-Path $PageLog))) { return }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        $lines = @(Get-Content -LiteralPath $PageLog -ErrorAction Ignore | Select-Object -Skip $Skip)
        if (@($lines -match ': done$|^failed: ').Count -ge $Windows) { break }
        Start-Sleep -Milliseconds 100
    } while ($clock.Elapsed.TotalSeconds -lt 10)
    $lines
}

function Get-JournalEntry {
    param($Emulator)
    # A JSON array comes as one object: the pipeline unrolls it.
    Invoke-RestMethod "$($Emulator.Control)/journal" -NoProxy | ForEach-Object { $_ }
}

# Refuses to show the policies of directory roles, as tenants may.
function Set-HiddenPolicy {
    param($Emulator)
    $fault = @{
        service = 'graph'; pathContains = 'roleManagementPolicyAssignments'; times = 1000; status = 403
        body = @{ error = @{ code = 'Authorization_RequestDenied'; message = 'Insufficient privileges to complete the operation.' } }
    }
    $null = Invoke-RestMethod "$($Emulator.Control)/faults" -Method Post -Body ($fault | ConvertTo-Json -Depth 4) -ContentType application/json -NoProxy
}

function Get-Field {
    param($Value, [string] $Name)
    if ($Value -and $Value.psobject.Properties[$Name]) { $Value.$Name }
}

function Show-Entry {
    param($Entry, $Pages)

    if ($Entry.service -eq 'login') { return Show-LoginEntry $Entry $Pages }

    $path = $Entry.path -replace '^/v1\.0/' -replace '^.*/providers/Microsoft\.Authorization/' -replace '^roleManagement/directory/' -replace '^policies/' -replace '[0-9a-f]{8}-[0-9a-f-]{27}', '{id}'
    if ($path.Length -gt 62) { $path = $path.Substring(0, 61) + '…' }
    $text = "$($Entry.method) $($Entry.service) $path"
    if (Get-Field $Entry challenge) { Write-Sent $text "$($Entry.status) refused: claims challenge" Red }
    elseif ($Entry.method -in 'POST', 'PUT') { Write-Sent $text "$($Entry.status)" Green }
    else { Write-Sent $text "$($Entry.status)" }
}

function Show-LoginEntry {
    param($Entry, $Pages)

    if ($Entry.path -match '/authorize$' -and $Entry.method -eq 'GET') {
        $claims = Get-Field (Get-Field $Entry query) claims
        Write-Fact 'a browser window opens the sign-in page'
        if ($claims) { Write-Host "      it has to satisfy $claims" -ForegroundColor Magenta }
        while ($Pages.Count) {
            $line = $Pages.Dequeue()
            Write-Host "        $line" -ForegroundColor DarkGray
            if ($line -match ': done$|^failed: ') { break }
        }
    } elseif ($Entry.path -match '/token$') {
        $contexts = @(Get-Field $Entry tokenContexts)
        $grant = Get-Field (Get-Field $Entry body) grant_type
        $how = if ($grant -eq 'refresh_token') { 'asks for a stronger token without troubling the user' } else { 'a token for the code of the sign-in' }
        if ($Entry.status -ge 400) { Write-Sent $how "$($Entry.status) not without the user" Red }
        elseif ($contexts) { Write-Sent $how "has $($contexts -join ', ')" Green }
        else { Write-Sent $how 'has no context' }
    }
}

function Show-Token {
    param($Context)
    foreach ($token in $Context.Tokens) {
        $contexts = if ($token.AuthenticationContexts) { $token.AuthenticationContexts -join ', ' } else { 'no authentication context' }
        $hours = ($token.ExpiresOn.ToUniversalTime() - [datetime]::UtcNow).TotalHours
        Write-Fact "token for $($token.Resource): $contexts, good for $([Math]::Round($hours)) h"
    }
}

function Show-Result {
    param($Result)
    foreach ($role in $Result) {
        Write-Host "      $($role.RoleName) at $($role.ScopeName): " -NoNewline
        Write-Host $role.ActivationStatus -ForegroundColor $(if ($role.ActivationStatus -eq 'Activated') { 'Green' } else { 'Red' }) -NoNewline
        Write-Host ", until $(if ($role.EndDateTime) { $role.EndDateTime.ToLocalTime().ToString('HH:mm') }), stepped up: $($role.SteppedUp)"
    }
}
