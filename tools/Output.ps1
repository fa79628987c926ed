# What the tasks print: one line a step, with its time, and the whole story of a failure.

# A failure that has been told in full: it ends the task without a PowerShell stack trace.
class BuildException : System.Exception {
    BuildException([string] $message) : base($message) {}
}

function Initialize-Build {
    param([Parameter(Mandatory)] [string] $Root)

    $script:Build = @{
        Root  = $Root
        Out   = Join-Path $Root out
        Cache = Join-Path $Root target .cache
        Logs  = Join-Path $Root target logs
        Clock = [System.Diagnostics.Stopwatch]::StartNew()
    }

    $env:DOTNET_NOLOGO = '1'
    $env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
    $env:POWERSHELL_TELEMETRY_OPTOUT = '1'
    $env:POWERSHELL_UPDATECHECK = 'Off'
}

function Stop-Build {
    param([Parameter(Mandatory)] [string] $Message)
    throw [BuildException]::new($Message)
}

function Format-Duration {
    param([Parameter(Mandatory)] [timespan] $Duration)

    if ($Duration.TotalSeconds -ge 60) { return '{0:0}m {1:00}s' -f [Math]::Floor($Duration.TotalMinutes), $Duration.Seconds }
    $Duration.TotalSeconds.ToString('0.0', [cultureinfo]::InvariantCulture) + 's'
}

function Write-Title {
    param([Parameter(Mandatory)] [string] $Text)
    Write-Host ''
    Write-Host $Text -ForegroundColor Cyan
}

function Write-Note {
    param([Parameter(Mandatory)] [string] $Text)
    Write-Host "      $Text" -ForegroundColor DarkGray
}

function Write-Failure {
    param([Parameter(Mandatory)] [string] $Text)
    Write-Host "error: $Text" -ForegroundColor Red
}

# Names the step before it runs, so that a step that hangs can be seen, and its time after it.
function Invoke-Step {
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [scriptblock] $Action
    )

    Write-Host ('  {0,-58} ' -f $Name) -NoNewline
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        $result = & $Action
    } catch {
        Write-Host "failed after $(Format-Duration $clock.Elapsed)" -ForegroundColor Red
        throw
    }
    Write-Host (Format-Duration $clock.Elapsed) -ForegroundColor Green
    $result
}

# Runs a program with its output in a log. A failure prints the log's end, unless the caller judges the exit code itself.
function Invoke-Program {
    param(
        [Parameter(Mandatory)] [string] $Program,
        [string[]] $Arguments = @(),
        [Parameter(Mandatory)] [string] $Log,
        [string] $WorkingDirectory = $script:Build.Root,
        [switch] $AllowFailure
    )

    $null = New-Item -ItemType Directory -Force $script:Build.Logs
    $path = Join-Path $script:Build.Logs "$Log.log"

    Push-Location -LiteralPath $WorkingDirectory
    try {
        & $Program @Arguments 2>&1 | ForEach-Object { "$_" } | Set-Content -LiteralPath $path -Encoding utf8
        $code = $LASTEXITCODE
    } finally {
        Pop-Location
    }

    if ($code -ne 0 -and -not $AllowFailure) {
        Write-Host ''
        Get-Content -LiteralPath $path -Tail 60 | ForEach-Object { Write-Host "      $_" }
        Stop-Build "``$Program $($Arguments -join ' ')`` ended with exit code $code; the whole output is in $(Get-ShownPath $path)"
    }
    [pscustomobject] @{ ExitCode = $code; Log = $path }
}

function Get-ShownPath {
    param([Parameter(Mandatory)] [string] $Path)
    [IO.Path]::GetRelativePath($script:Build.Root, $Path).Replace('\', '/')
}

function Show-Help {
    Write-Host 'usage: ./build.sh <task>        on Windows: pwsh ./build.ps1 <task>'
    Write-Host ''
    $help = Get-Help (Join-Path $script:Build.Root build.ps1)
    Write-Host ($help.description.Text -join "`n")
}

function Invoke-CleanTask {
    foreach ($name in 'target', 'out', 'ps-module/PIMStepUp/bin') {
        $path = Join-Path $script:Build.Root $name
        if (-not (Test-Path -LiteralPath $path)) { continue }
        Invoke-Step "remove $name/" { Remove-Item -LiteralPath $path -Recurse -Force }
    }
}
