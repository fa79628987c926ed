# Seconds that each list of administrators takes in a tenant of full scale: 3,000 subscriptions, 500 management groups, 5,000 groups and
# 20,000 eligibilities for directory roles. All in one process, one after the other; the rows are counted and not kept.
param(
    [Parameter(Mandatory)] [string] $Module,
    [int] $LatencyMilliseconds = 50
)
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot Common.ps1)
Import-Module $Module

$emulator = Start-MadeUpTenant '--subscriptions', '3000', '--management-groups', '500', '--groups', '5000', '--eligibilities', '20000', '--roles', '60', '--page-size', '100'
try {
    $null = Connect-PIM -Environment $emulator -Account patti@contoso.example -Resource Graph, Arm -BrowserCommand $emulator.BrowserCommand
    # The permissions that groups need are signed in for before the clock runs.
    $null = Get-PIMGroupEligibleAssignment -WarningAction SilentlyContinue | Select-Object -First 1
    Set-Latency $emulator $LatencyMilliseconds
    $lists = [ordered] @{
        'Get-PIMDirectoryRoleEligibleAssignment'                         = { Get-PIMDirectoryRoleEligibleAssignment }
        'Get-PIMDirectoryRoleEligibleAssignment -skipAssignmentSettings' = { Get-PIMDirectoryRoleEligibleAssignment -skipAssignmentSettings }
        'Get-PIMSubscriptionEligibleAssignment'                          = { Get-PIMSubscriptionEligibleAssignment }
        'Get-PIMManagementGroupEligibleAssignment'                       = { Get-PIMManagementGroupEligibleAssignment }
        'Get-PIMSupportedGroup'                                          = { Get-PIMSupportedGroup }
        'Get-PIMGroup'                                                   = { Get-PIMGroup -WarningAction SilentlyContinue }
        'Get-PIMGroupEligibleAssignment'                                 = { Get-PIMGroupEligibleAssignment -WarningAction SilentlyContinue }
    }
    foreach ($name in $lists.Keys) {
        $rows = 0
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        & $lists[$name] | ForEach-Object { $rows++ }
        '{0,-64} {1,6} rows {2,6:0.0} s' -f $name, $rows, $clock.Elapsed.TotalSeconds
    }
    'peak memory of this process {0:0} MB' -f ([System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64 / 1MB)
} finally {
    Stop-PIMEmulator $emulator
}
