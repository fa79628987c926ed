# Ten activations with a token that already satisfies the context: the module against a loop of Invoke-RestMethod, same emulator, same latency.
param(
    [Parameter(Mandatory)] [string] $Module,
    [int] $LatencyMilliseconds = 200
)
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot Common.ps1)
Import-Module $Module

function Start-Tenant {
    $emulator = Start-PIMEmulator
    $claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    $null = Connect-PIM -Environment $emulator -Account adele@contoso.example -BrowserCommand $emulator.BrowserCommand -Claims $claims
    $emulator
}

$emulator = Start-Tenant
try {
    Set-Latency $emulator $LatencyMilliseconds
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $results = @(Invoke-PIMDirectoryRoleActivation $BenchRoles -justification bench -PassThru -NoPortal)
    $module = $clock.Elapsed.TotalSeconds
    if (@($results | Where-Object ActivationStatus -ne Activated).Count) { throw "not every role was activated: $($results.ActivationStatus -join ', ')" }
} finally {
    Stop-PIMEmulator $emulator
}

$emulator = Start-Tenant
try {
    $token = Get-PIMAccessToken -Resource Graph -Claims '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    $request = @{ Authentication = 'Bearer'; Token = $token; AllowUnencryptedAuthentication = $true; NoProxy = $true }
    $roles = "$($emulator.Graph)/v1.0/roleManagement/directory"
    Set-Latency $emulator $LatencyMilliseconds

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $eligible = (Invoke-RestMethod "$roles/roleEligibilitySchedules/filterByCurrentUser(on='principal')?`$expand=roleDefinition" @request).value
    foreach ($name in $BenchRoles) {
        $schedule = $eligible | Where-Object { $_.roleDefinition.displayName -eq $name } | Select-Object -First 1
        $body = @{
            action = 'selfActivate'; principalId = $schedule.principalId; roleDefinitionId = $schedule.roleDefinitionId
            directoryScopeId = $schedule.directoryScopeId; justification = 'bench'
            scheduleInfo = @{ startDateTime = [datetime]::UtcNow.ToString('o'); expiration = @{ type = 'afterDuration'; duration = 'PT1H' } }
        } | ConvertTo-Json -Depth 5
        $answer = Invoke-RestMethod "$roles/roleAssignmentScheduleRequests" -Method Post -Body $body -ContentType application/json @request
        for ($round = 0; $answer.status -notin 'Provisioned', 'Granted' -and $round -lt 20; $round++) {
            $answer = Invoke-RestMethod "$roles/roleAssignmentScheduleRequests/$($answer.id)" @request
        }
    }
    $loop = $clock.Elapsed.TotalSeconds
} finally {
    Stop-PIMEmulator $emulator
}

@{ module = $module; loop = $loop } | ConvertTo-Json -Compress
