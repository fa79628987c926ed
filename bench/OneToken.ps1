# An application's first token in this process, which should be a fresh one, and then the same token again from memory: with MSAL.NET, or
# with the native calls of our commands. The first includes the load of the library. Prints milliseconds of the first, microseconds of the
# others. Tokens.ps1 starts it and says where the emulator is.
param([Parameter(Mandatory)] [ValidateSet('Module', 'Msal')] [string] $Way, [int] $Repetitions = 5000)
$ErrorActionPreference = 'Stop'
$tenant = $env:PIM_BENCH_TENANT | ConvertFrom-Json
$clock = [System.Diagnostics.Stopwatch]::new()

if ($Way -eq 'Msal') {
    [string[]] $scopes = "$($tenant.Graph)/.default"
    $clock.Start()
    foreach ($library in $tenant.Libraries) { $null = [System.Reflection.Assembly]::LoadFrom($library) }
    $client = [Microsoft.Identity.Client.ConfidentialClientApplicationBuilder]::Create($tenant.ClientId).
    WithAuthority("$($tenant.Login)/$($tenant.TenantId)", $false).WithInstanceDiscovery($false).WithClientSecret($tenant.Secret).Build()
    $token = $client.AcquireTokenForClient($scopes).ExecuteAsync().GetAwaiter().GetResult().AccessToken
    $first = $clock.Elapsed.TotalMilliseconds

    function Get-Again {
        param([int] $Count)
        for ($round = 0; $round -lt $Count; $round++) { $null = $client.AcquireTokenForClient($scopes).ExecuteAsync().GetAwaiter().GetResult().AccessToken }
    }
} else {
    $configuration = [System.Text.Encoding]::UTF8.GetBytes((@{
                cloud = @{ name = 'Emulator'; login = $tenant.Login; graph = $tenant.Graph; arm = $tenant.Arm }
                tenant = $tenant.TenantId; clientId = $tenant.ClientId; credential = @{ kind = 'clientSecret'; secret = $tenant.Secret }
            } | ConvertTo-Json))
    $operation = [System.Text.Encoding]::UTF8.GetBytes('token.acquire')
    $request = [System.Text.Encoding]::UTF8.GetBytes('{"resource":"graph"}')
    # The events of a call up to the last; the token is in it.
    function Get-Again {
        param([int] $Count)
        $call, $length, $buffer = [uint64] 0, [uint32] 0, [System.IntPtr]::Zero
        for ($round = 0; $round -lt $Count; $round++) {
            $null = $native::pim_call_start($session, $operation, $operation.Length, $request, $request.Length, [ref] $call)
            do {
                $status = $native::pim_call_next($call, 1000, [ref] $buffer, [ref] $length)
                if ($status -eq 2) { $text = [System.Runtime.InteropServices.Marshal]::PtrToStringUTF8($buffer, [int] $length) }
                if ($status -gt 0) { $native::pim_buffer_free($buffer, $length) }
            } until ($status -lt 0 -or $status -eq 2)
            $null = $native::pim_call_free($call)
            if (-not $text.StartsWith('{"event":"done"')) { throw $text }
        }
        $text
    }

    $folder = Split-Path $tenant.Module
    $clock.Start()
    $native = [System.Reflection.Assembly]::LoadFrom((Join-Path $folder bin $tenant.Platform PIMStepUp.Native.dll)).GetType('PIMStepUp.Native', $true)
    $session = [uint64] 0
    $status = $native::pim_session_new($configuration, $configuration.Length, [ref] $session)
    if ($status) { throw "no session: $status" }
    $token = ([regex] '"accessToken":"([^"]+)"').Match((Get-Again 1)).Groups[1].Value
    $first = $clock.Elapsed.TotalMilliseconds
}
if (-not $token.StartsWith('eyJ')) { throw 'this is no token' }

# PowerShell compiles what it has run some times, and so does .NET.
$null = Get-Again $Repetitions
$clock.Restart()
$null = Get-Again $Repetitions
@{ first = $first; again = $clock.Elapsed.TotalMilliseconds * 1000 / $Repetitions } | ConvertTo-Json -Compress
