# Milliseconds of the first use of the native library (its methods are defined, it is loaded, a session is made), and of the first and
# the second command that use it. PowerShell's own JSON commands are loaded before: every script that reads a response has paid for them.
param([Parameter(Mandatory)] [string] $Module)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$null = ConvertTo-Json @{ warm = 'up' } | ConvertFrom-Json

function Measure-Milliseconds {
    param([scriptblock] $Action)
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $null = & $Action
    $clock.Elapsed.TotalMilliseconds.ToString('0.0', [cultureinfo]::InvariantCulture)
}

$null = Measure-Milliseconds { 'nothing' }
$use = Measure-Milliseconds {
    & (Get-Module PIMStepUp) {
        $configuration = [System.Text.Encoding]::UTF8.GetBytes('{"browser":{"mode":"never"}}')
        $session = [uint64] 0
        $native = Get-PimNative -Cmdlet $PSCmdlet
        $native::pim_session_new($configuration, $configuration.Length, [ref] $session)
        $native::pim_session_free($session)
    }
}
$first = Measure-Milliseconds { 'nothing here' | Get-PIMClaimsChallenge }
$second = Measure-Milliseconds { 'nothing here' | Get-PIMClaimsChallenge }
"$use $first $second"
