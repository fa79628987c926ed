# The demo: chooses a browser and starts the story in a PowerShell of its own.

function Invoke-DemoTask {
    param([string] $Browser)

    Initialize-PowerShellCommand
    Invoke-BuildTask
    $mode = Select-DemoBrowser $Browser

    $script = Join-Path $script:Build.Root tools run Show-StepUp.ps1
    & pwsh -NoLogo -NoProfile -File $script -Root $script:Build.Root -Browser $mode
    if ($LASTEXITCODE -ne 0) { Stop-Build "the demo ended with exit code $LASTEXITCODE" }
}

function Test-Display {
    if ($IsWindows -or $IsMacOS) { return [Environment]::UserInteractive }
    [bool] ($env:DISPLAY -or $env:WAYLAND_DISPLAY)
}

function Select-DemoBrowser {
    param([string] $Wish)

    if ($Wish -eq 'Auto') {
        $Wish = if ((Test-Display) -and -not $env:CI) { 'Own' } else { 'Headless' }
    }
    if ($Wish -ne 'Headless') { return $Wish }

    $missing = @(Install-SystemProgram chromium, chromedriver)
    if (-not $missing) { return 'Headless' }
    Write-Note "$($missing -join ' and ') not found: $(Get-InstallHint $missing)"
    Write-Note 'The emulator''s scripted browser takes its place: it walks through the same pages over HTTP, with a passkey in software.'
    'Scripted'
}
