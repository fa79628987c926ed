# Reads one list in this process, which should be a fresh one: with the module, or as plain PowerShell does. Prints seconds, rows, and the
# peak of this process's memory in MB. Lists.ps1 starts it and says where the emulator is.
param(
    [Parameter(Mandatory)] [ValidateSet('Eligibilities', 'Subscriptions')] [string] $List,
    [Parameter(Mandatory)] [ValidateSet('Module', 'Loop', 'Batches')] [string] $Way,
    [Parameter(Mandatory)] [int] $LatencyMilliseconds
)
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot Common.ps1)
$tenant = $env:PIM_BENCH_TENANT | ConvertFrom-Json

# What the Graph SDK makes of an object in an answer, and AzurePIMStuff hands on.
function ConvertTo-Dictionary {
    param($Value)
    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        $table = @{}
        foreach ($property in $Value.PSObject.Properties) { $table[$property.Name] = if ($property.Value -is [string]) { $property.Value } else { ConvertTo-Dictionary $property.Value } }
        return $table
    }
    if ($Value -is [array]) { return , @(foreach ($item in $Value) { ConvertTo-Dictionary $item }) }
    $Value
}

# What AzurePIMStuff does with a row of an Azure list.
function Select-Direct {
    param([Parameter(ValueFromPipeline)] $Row)
    process {
        $properties = $Row.properties
        $names = $properties.expandedProperties
        if ($properties.memberType -ne 'Direct' -or $names.scope.type -eq 'managementgroup') { return }
        [pscustomobject] @{
            PrincipalName = $names.principal.displayName; PrincipalEmail = $names.principal.email; PrincipalType = $names.principal.type
            PrincipalId = $names.principal.id; RoleName = $names.roleDefinition.displayName; RoleType = $names.roleDefinition.type
            RoleId = $names.roleDefinition.id; ScopeId = $names.scope.id; ScopeName = $names.scope.displayName; ScopeType = $names.scope.type
            Status = $properties.status; createdOn = $properties.createdOn; startDateTime = $properties.startDateTime
            endDateTime = if ($properties.endDateTime) { $properties.endDateTime } else { 'permanent' }
            updatedOn = $properties.updatedOn; memberType = $properties.memberType; id = $Row.id
        }
    }
}

if ($Way -eq 'Module') {
    Import-Module $tenant.Module
    $emulator = [pscustomobject] @{
        PSTypeName = 'PIMStepUp.Emulator'; Login = $tenant.Login; Graph = $tenant.Graph; Arm = $tenant.Arm; TenantId = $tenant.TenantId; CertificateFile = $null
    }
    $null = Connect-PIM -Environment $emulator -Account patti@contoso.example -Resource Graph, Arm -BrowserCommand $tenant.BrowserCommand
    $read = @{
        Eligibilities = { Get-PIMDirectoryRoleEligibleAssignment -skipAssignmentSettings }
        Subscriptions = { Get-PIMSubscriptionEligibleAssignment }
    }[$List]
} else {
    $request = @{ Authentication = 'Bearer'; Token = ConvertTo-SecureString $env:PIM_BENCH_TOKEN -AsPlainText; AllowUnencryptedAuthentication = $true; NoProxy = $true }
    $enabled = {
        $uri = "$($tenant.Arm)/subscriptions?api-version=2022-12-01"
        while ($uri) {
            $page = Invoke-RestMethod $uri @request
            $page.value | Where-Object state -EQ Enabled | ForEach-Object subscriptionId
            $uri = $page.nextLink
        }
    }
    $schedules = '/subscriptions/{0}/providers/Microsoft.Authorization/roleEligibilitySchedules?api-version=2020-10-01'
    $read = @{
        'Eligibilities Loop'    = {
            $uri = "$($tenant.Graph)/v1.0/roleManagement/directory/roleEligibilityScheduleInstances?`$expand=roleDefinition,principal"
            while ($uri) {
                $page = Invoke-RestMethod $uri @request
                foreach ($row in $page.value) {
                    $row.principal = ConvertTo-Dictionary $row.principal
                    $row.roleDefinition = ConvertTo-Dictionary $row.roleDefinition
                    $row | Select-Object -Property *, @{ n = 'PrincipalName'; e = { $_.principal.displayName } }, @{ n = 'RoleName'; e = { $_.roleDefinition.displayName } }
                }
                $uri = $page.'@odata.nextLink'
            }
        }
        'Subscriptions Loop'    = {
            foreach ($id in & $enabled) {
                $uri = $tenant.Arm + ($schedules -f $id)
                while ($uri) {
                    $page = Invoke-RestMethod $uri @request
                    $page.value | Select-Direct
                    $uri = $page.nextLink
                }
            }
        }
        # As AzurePIMStuff: twenty in a request, one request after the other.
        'Subscriptions Batches' = {
            $waiting = [System.Collections.Generic.Queue[string]]::new([string[]] @(& $enabled | ForEach-Object { $schedules -f $_ }))
            while ($waiting.Count) {
                $requests = for ($number = 0; $number -lt 20 -and $waiting.Count; $number++) { @{ httpMethod = 'GET'; url = $waiting.Dequeue(); name = "$number" } }
                $body = @{ requests = @($requests) } | ConvertTo-Json -Depth 5
                $answer = Invoke-RestMethod "$($tenant.Arm)/batch?api-version=2020-06-01" -Method Post -Body $body -ContentType application/json @request
                foreach ($one in $answer.responses) {
                    if ($one.httpStatusCode -ne 200) { throw "status $($one.httpStatusCode)" }
                    $one.content.value | Select-Direct
                    if ($one.content.nextLink) { $waiting.Enqueue($one.content.nextLink.Substring($tenant.Arm.Length)) }
                }
            }
        }
    }["$List $Way"]
}

Set-Latency $tenant $LatencyMilliseconds
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$rows = @(& $read)
$seconds = $clock.Elapsed.TotalSeconds
if (@($rows | Where-Object { -not $_.PrincipalName -or -not $_.RoleName }).Count) { throw 'rows have no names' }
@{ seconds = $seconds; rows = $rows.Count; peak = [System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64 / 1MB } | ConvertTo-Json -Compress
