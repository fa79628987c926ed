# An application's first token in this process, which should be a fresh one, and then the same token again from memory: with MSAL.NET, or
# with the native calls of our commands. The first includes the load of the library. Prints milliseconds of the first, microseconds of the
# others. Tokens.ps1 starts it and says where the emulator is.
param([Parameter(Mandatory)] [ValidateSet('Module', 'Msal')] [string] $Way, [int] $Repetitions = 10000)
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
        $client, $scopes = $client, $scopes
        for ($round = 0; $round -lt $Count; $round++) { $null = $client.AcquireTokenForClient($scopes).ExecuteAsync().GetAwaiter().GetResult().AccessToken }
    }
} else {
    $configuration = [System.Text.Encoding]::UTF8.GetBytes((@{
                cloud = @{ name = 'Emulator'; login = $tenant.Login; graph = $tenant.Graph; arm = $tenant.Arm }
                tenant = $tenant.TenantId; clientId = $tenant.ClientId; credential = @{ kind = 'clientSecret'; secret = $tenant.Secret }
            } | ConvertTo-Json))
    $operation = [System.Text.Encoding]::UTF8.GetBytes('token.acquire')
    $request = [System.Text.Encoding]::UTF8.GetBytes('{"resource":"graph"}')
    $reply = [byte[]]::new(16384)
    # As Get-PIMAccessToken asks for a token that the session has. Both ways look their variables up in the nearest scope.
    function Get-Again {
        param([int] $Count)
        $native, $session, $operation, $request, $reply, $utf8 = $native, $session, $operation, $request, $reply, [System.Text.Encoding]::UTF8
        [uint32] $operationLength, [uint32] $requestLength, [uint32] $capacity = $operation.Length, $request.Length, $reply.Length
        for ($round = 0; $round -lt $Count; $round++) {
            $length = $native::pim_call_at_hand($session, $operation, $operationLength, $request, $requestLength, $reply, $capacity)
            if ($length -le 0) { throw "no token: $length" }
            $text = $utf8.GetString($reply, 0, $length)
        }
    }

    $folder = Split-Path $tenant.Module
    $clock.Start()
    $native = [System.Reflection.Assembly]::LoadFrom((Join-Path $folder bin $tenant.Platform PIMStepUp.Native.dll)).GetType('PIMStepUp.Native', $true)
    $session = [uint64] 0
    $status = $native::pim_session_new($configuration, $configuration.Length, [ref] $session)
    if ($status) { throw "no session: $status" }
    $call = [uint64] 0
    $null = $native::pim_call_start($session, $operation, $operation.Length, $request, $request.Length, [ref] $call)
    do {
        $buffer, $length = [System.IntPtr]::Zero, [uint32] 0
        $status = $native::pim_call_next($call, 30000, [ref] $buffer, [ref] $length)
        if ($status -le 0) { throw "no event: $status" }
        $text = [System.Runtime.InteropServices.Marshal]::PtrToStringUTF8($buffer, [int] $length)
        $native::pim_buffer_free($buffer, $length)
    } until ($status -eq 2)
    $null = $native::pim_call_free($call)
    $token = ([regex] '"accessToken":"([^"]+)"').Match($text).Groups[1].Value
    $first = $clock.Elapsed.TotalMilliseconds
}
if (-not $token.StartsWith('eyJ')) { throw 'this is no token' }

# PowerShell compiles what it has run some times, and so does .NET.
$null = Get-Again $Repetitions
$null = Get-Again $Repetitions
$clock.Restart()
$null = Get-Again $Repetitions
@{ first = $first; again = $clock.Elapsed.TotalMilliseconds * 1000 / $Repetitions } | ConvertTo-Json -Compress
