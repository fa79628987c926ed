function Start-PimEmulatorProcess {
    param([string] $Program, [string] $Arguments)

    $start = [System.Diagnostics.ProcessStartInfo]::new($Program, $Arguments)
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    # The emulator ends when this end of its input closes, also if the shell is killed.
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    # Nobody reads further lines, and a full pipe must not stop the emulator.
    $process | Add-Member -NotePropertyName PimComplaint -NotePropertyValue $process.StandardError.ReadToEndAsync()
    $process
}

function Get-PimEmulatorComplaint {
    param([System.Diagnostics.Process] $Process)

    if ($Process.PimComplaint.Wait(2000)) { $Process.PimComplaint.Result.Trim() }
}

function Stop-PimEmulatorProcess {
    param([System.Diagnostics.Process] $Process)

    if ($Process.HasExited) { return }
    $Process.StandardInput.Close()
    if (-not $Process.WaitForExit(3000)) { $Process.Kill() }
}

function Close-PimEmulator {
    param([int] $Id)

    $running = $script:PimEmulators[$Id]
    Stop-PimEmulatorProcess -Process $running.Process
    # What the scripted browser kept; there is none if it was never used.
    [System.IO.File]::Delete($running.Profile)
    $script:PimEmulators.Remove($Id)
}
