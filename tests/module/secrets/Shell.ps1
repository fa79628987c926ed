# How the module is watched: in the shell of a part, and in others that a part starts beside it in the same process.
$watching = {
    param($Manifest, $Seen)
    Import-Module $Manifest -DisableNameChecking
    # Every event of the C ABI passes through this function. The token that was asked for has been taken out before it.
    & (Get-Module PIMStepUp) {
        param($Seen)
        $script:PimWatch = @{ Read = ${function:ConvertFrom-PimJson}; Seen = $Seen }
        function script:ConvertFrom-PimJson {
            param([string] $Text)
            $script:PimWatch.Seen.Enqueue($Text)
            & $script:PimWatch.Read $Text
        }
    } $Seen
}
$talking = {
    $global:VerbosePreference = $global:DebugPreference = $global:InformationPreference = 'Continue'
    $global:ProgressPreference = 'SilentlyContinue'
    $global:PSDefaultParameterValues = @{ '*-PIM*:Verbose' = $true; '*-PIM*:Debug' = $true }
    # None is pushed out by later ones.
    $global:MaximumErrorCount = 32768
}

function Start-Shell {
    # Begins a script in a shell of its own. It knows the emulator, and what else it is given.
    param([scriptblock] $Script, [hashtable] $Variables = @{}, [string] $From = $Manifest)
    $shell = [powershell]::Create()
    $shell.Runspace = [runspacefactory]::CreateRunspace($Host)
    $shell.Runspace.Open()
    foreach ($name in $Variables.Keys) { $shell.Runspace.SessionStateProxy.SetVariable($name, $Variables[$name]) }
    $shell.Runspace.SessionStateProxy.SetVariable('emulator', $emulator)
    # The script is begun alone: of several statements that are begun together and then stopped, the next one can end the process.
    $null = $shell.AddScript("$watching").AddArgument($From).AddArgument($seen).AddStatement().AddScript("$talking").Invoke()
    $shell.Commands.Clear()
    $null = $shell.AddScript("$Script")
    $shown = [System.Management.Automation.PSDataCollection[psobject]]::new()
    @{ Shell = $shell; Shown = $shown; Running = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $shown) }
}

function Complete-Shell {
    # Waits for its end, or makes it end, and keeps all that could be seen of it.
    param([hashtable] $Shell, [switch] $Stop)
    $streams = $Shell.Shell.Streams
    try {
        if ($Stop) { $Shell.Shell.Stop(); $null = $Shell.Running.AsyncWaitHandle.WaitOne() } else { $null = $Shell.Shell.EndInvoke($Shell.Running) }
    } finally {
        $problems = $Shell.Shell.Runspace.SessionStateProxy.GetVariable('Error')
        foreach ($record in @($Shell.Shown) + @($streams.Verbose) + @($streams.Debug) + @($streams.Warning) + @($streams.Information) + @($streams.Error) + @($problems)) { $beside.Add($record) }
        $Shell.Shell.Runspace.Dispose()
        $Shell.Shell.Dispose()
    }
}
