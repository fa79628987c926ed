# Measures, and writes bench/RESULTS.md: ratios taken in one run on one machine, with the commands that made them.

function Invoke-BenchTask {
    Initialize-PowerShellCommand
    Invoke-BuildTask
    Write-Title 'Measure'

    $module = Join-Path $script:Build.Out PIMStepUp PIMStepUp.psd1
    $rows = @(
        Invoke-Step 'import in a fresh process' { Measure-Import $module }
        Invoke-Step 'first call of the native library' { Measure-FirstCall $module }
        Invoke-Step 'one role and ten roles, 200 ms latency' { Measure-Activation $module }
        Invoke-Step 'ten roles against a loop of Invoke-RestMethod' { Measure-Loop $module }
        Invoke-Step 'hostile bodies of 1 MB in the challenge parser' { Measure-Hostile }
        Invoke-Step 'peak memory of the demo' { Measure-Memory $module }
        Invoke-Step '20,000 eligibilities against a loop of Invoke-RestMethod' { Measure-Eligibility $module }
        Invoke-Step '300 subscriptions against a loop of Invoke-RestMethod' { Measure-Subscription $module }
        Invoke-Step 'first token and the same again, against MSAL.NET' { Measure-Token $module }
    )

    $path = Join-Path $script:Build.Root bench RESULTS.md
    Export-BenchResult -Row $rows -Path $path
    Write-Host ''
    foreach ($row in $rows) {
        Write-Host ('  {0,-62} {1,12}   (wanted: {2})' -f $row.What, $row.Value, $row.Wanted) -ForegroundColor $(if ($row.Met) { 'Green' } else { 'Red' })
    }
    Write-Note "written to $(Get-ShownPath $path)"
    if ($rows | Where-Object { -not $_.Met }) { Stop-Build 'a measurement is outside of what is wanted' }
}

function New-BenchRow {
    param([string] $What, [string] $Value, [string] $Wanted, [bool] $Met, [string] $Detail, [string] $Command)
    [pscustomobject] @{ What = $What; Value = $Value; Wanted = $Wanted; Met = $Met; Detail = $Detail; Command = $Command }
}

function Invoke-BenchScript {
    param([string] $Name, [string[]] $Arguments = @())

    $log = "bench-$($Name.ToLowerInvariant())"
    $script = Join-Path $script:Build.Root bench "$Name.ps1"
    $run = Invoke-Program pwsh (@('-NoLogo', '-NoProfile', '-NonInteractive', '-File', $script) + $Arguments) -Log $log
    Get-Content -LiteralPath $run.Log -Tail 1
}

function Get-Median {
    param([double[]] $Values)
    $sorted = @($Values | Sort-Object)
    $middle = [int] [Math]::Floor($sorted.Count / 2)
    if ($sorted.Count % 2) { $sorted[$middle] } else { ($sorted[$middle - 1] + $sorted[$middle]) / 2 }
}

function Format-Number {
    param([double] $Value, [string] $Format = '0.0')
    $Value.ToString($Format, [cultureinfo]::InvariantCulture)
}

function Measure-Import {
    param([string] $Module)

    $empty = Join-Path $script:Build.Cache bench Empty.psm1
    $null = New-Item -ItemType Directory -Force (Split-Path $empty)
    Set-Content -LiteralPath $empty ''

    # Interleaved, so that a busy moment of the machine meets both.
    $ours = [System.Collections.Generic.List[double]]::new()
    $theirs = [System.Collections.Generic.List[double]]::new()
    for ($round = 0; $round -lt 15; $round++) {
        $theirs.Add((Invoke-BenchScript Import $empty))
        $ours.Add((Invoke-BenchScript Import $Module))
    }
    $ratio = (Get-Median $ours) / (Get-Median $theirs)
    New-BenchRow 'Import, against an empty script module' "$(Format-Number $ratio)×" 'at most 6×' ($ratio -le 6) (
        "medians of 15 fresh processes each, interleaved: $(Format-Number (Get-Median $ours)) ms and $(Format-Number (Get-Median $theirs)) ms") 'pwsh -NoProfile -File bench/Import.ps1 ./out/PIMStepUp/PIMStepUp.psd1'
}

function Measure-FirstCall {
    param([string] $Module)

    $use, $first, $second = @(), @(), @()
    for ($round = 0; $round -lt 9; $round++) {
        $times = (Invoke-BenchScript FirstCall $Module) -split ' '
        $use += [double] $times[0]
        $first += [double] $times[1]
        $second += [double] $times[2]
    }
    $median = Get-Median $use
    New-BenchRow 'First use of the native library: defined, loaded, called' "$(Format-Number $median '0') ms" 'under 50 ms' ($median -lt 50) (
        "medians of 9 fresh processes; the first command then takes $(Format-Number (Get-Median $first) '0') ms, in which PowerShell compiles the module's functions, and the next $(Format-Number (Get-Median $second)) ms"
    ) 'pwsh -NoProfile -File bench/FirstCall.ps1 ./out/PIMStepUp/PIMStepUp.psd1'
}

function Measure-Activation {
    param([string] $Module)

    $one, $ten = foreach ($count in 1, 10) {
        $runs = @(for ($round = 0; $round -lt 3; $round++) { Invoke-BenchScript Activate $Module, $count | ConvertFrom-Json })
        @{ Seconds = Get-Median $runs.seconds; Windows = ($runs.windows | Measure-Object -Maximum).Maximum; Requests = $runs[0].requests }
    }
    $ratio = $ten.Seconds / $one.Seconds
    New-BenchRow 'Ten roles with one step-up, against one role with one' "$(Format-Number $ratio)×" 'at most 3×, one window' ($ratio -le 3 -and $ten.Windows -eq 1) (
        "200 ms latency of every service, medians of 3: $(Format-Number $ten.Seconds) s and $(Format-Number $one.Seconds) s; browser windows: $($ten.Windows); requests: $($ten.Requests) and $($one.Requests)"
    ) 'pwsh -NoProfile -File bench/Activate.ps1 ./out/PIMStepUp/PIMStepUp.psd1 10'
}

function Measure-Loop {
    param([string] $Module)

    $runs = @(for ($round = 0; $round -lt 3; $round++) { Invoke-BenchScript Compare $Module | ConvertFrom-Json })
    $ours, $theirs = (Get-Median $runs.module), (Get-Median $runs.loop)
    $ratio = $ours / $theirs
    New-BenchRow 'Ten roles, against a loop of Invoke-RestMethod' "$(Format-Number $ratio '0.00')×" 'under 1×' ($ratio -lt 1) (
        "200 ms latency, token already strong enough, medians of 3: $(Format-Number $ours) s and $(Format-Number $theirs) s; the module also reads the policies, the loop does not"
    ) 'pwsh -NoProfile -File bench/Compare.ps1 ./out/PIMStepUp/PIMStepUp.psd1'
}

function Measure-Hostile {
    $run = Invoke-Cargo ('bench', '--package', 'pim-core', '--bench', 'hostile') -Log bench-hostile
    $worst = Get-Content -LiteralPath $run.Log | Where-Object { $_ -match '^(.+?): ([\d.]+) ms$' } | ForEach-Object {
        [pscustomobject] @{ Name = $Matches[1].Trim(); Milliseconds = [double]::Parse($Matches[2], [cultureinfo]::InvariantCulture) }
    } | Sort-Object Milliseconds -Descending
    if (-not $worst) { Stop-Build 'the bench of the challenge parser printed nothing' }
    New-BenchRow 'Finding a challenge in a hostile body of 1 MB, worst of all' "$(Format-Number $worst[0].Milliseconds) ms" 'under 50 ms' ($worst[0].Milliseconds -lt 50) (
        "best of 5 each: " + (($worst | ForEach-Object { "$($_.Name) $(Format-Number $_.Milliseconds) ms" }) -join ', ')) 'cargo bench -p pim-core --bench hostile     (with crates.io; without, ./build.sh bench)'
}

function Measure-Memory {
    param([string] $Module)

    $peak = @{ Bare = @(); Host = @(); Demo = @() }
    for ($round = 0; $round -lt 5; $round++) {
        foreach ($stage in 'Bare', 'Host', 'Demo') { $peak[$stage] += [double] (Invoke-BenchScript Memory $stage, $Module) }
    }
    $bare, $hosting, $demo = (Get-Median $peak.Bare), (Get-Median $peak.Host), (Get-Median $peak.Demo)
    $native = $demo - $hosting
    New-BenchRow 'Peak memory of the native part in the demo''s commands' "$(Format-Number $native) MB" 'under 40 MB' ($native -lt 40) (
        "resident, medians of 5: bare PowerShell $(Format-Number $bare) MB, with the module imported and its emulator started $(Format-Number $hosting) MB, after both activations $(Format-Number $demo) MB ($(Format-Number ($demo - $bare)) MB above bare)"
    ) 'pwsh -NoProfile -File bench/Memory.ps1 Demo ./out/PIMStepUp/PIMStepUp.psd1'
}

function Measure-Eligibility {
    param([string] $Module)

    $run = Invoke-BenchScript Lists $Module, Eligibilities | ConvertFrom-Json
    $ratio = $run.loop.seconds / $run.module.seconds
    $ours, $theirs = ($run.module.peak - $run.bare), ($run.loop.peak - $run.bare)
    New-BenchRow '20,000 eligibilities for directory roles with names, a loop of Invoke-RestMethod against the module' "$(Format-Number $ratio)×" 'at least 5×, and less memory' ($ratio -ge 5 -and $ours -lt $theirs) (
        "50 ms latency, pages of 100, 60 roles, one run each in a fresh process: $(Format-Number $run.loop.seconds) s and $(Format-Number $run.module.seconds) s; peak memory above bare PowerShell, with all $($run.loop.rows) rows kept: $(Format-Number $theirs '0') MB and $(Format-Number $ours '0') MB; requests: $($run.loop.requests) and $($run.module.requests). " +
        'The loop follows the same next links as AzurePIMStuff without its policies, makes the same objects (principal and role are dictionaries) and adds the names that come with each row; the module is asked for the same (`-skipAssignmentSettings`)'
    ) 'pwsh -NoProfile -File bench/Lists.ps1 ./out/PIMStepUp/PIMStepUp.psd1 Eligibilities'
}

function Measure-Subscription {
    param([string] $Module)

    $run = Invoke-BenchScript Lists $Module, Subscriptions | ConvertFrom-Json
    $ratio, $batches = ($run.loop.seconds / $run.module.seconds), ($run.batches.seconds / $run.module.seconds)
    New-BenchRow 'Who is eligible in 300 subscriptions, a loop of Invoke-RestMethod against the module' "$(Format-Number $ratio)×" 'at least 5×' ($ratio -ge 5) (
        "50 ms latency, $($run.loop.rows) rows, one run each in a fresh process: $(Format-Number $run.loop.seconds) s and $(Format-Number $run.module.seconds) s; requests: $($run.loop.requests) and $($run.module.requests). " +
        "The loop asks for the enabled subscriptions, then for each one's list, and makes the same objects. A loop over batches of twenty, one after the other as AzurePIMStuff sends them, took $(Format-Number $run.batches.seconds) s ($(Format-Number $batches)×) and $($run.batches.requests) requests"
    ) 'pwsh -NoProfile -File bench/Lists.ps1 ./out/PIMStepUp/PIMStepUp.psd1 Subscriptions'
}

function Measure-Token {
    param([string] $Module)

    $packages = @{ 'Microsoft.IdentityModel.Abstractions' = '8.14.0'; 'Microsoft.Identity.Client' = '4.92.0' }
    $libraries = foreach ($name in $packages.Keys) { Join-Path (Get-NuGetPackage $name $packages[$name]) lib net8.0 "$name.dll" }
    $run = Invoke-BenchScript Tokens $Module, ($libraries -join ',') | ConvertFrom-Json
    $first, $again = ((Get-Median $run.msal.first) / (Get-Median $run.module.first)), ((Get-Median $run.msal.again) / (Get-Median $run.module.again))
    $how = 'client secret, emulator over TLS without latency, medians of 7 fresh processes each, in turn'
    New-BenchRow 'First token of a process, load of the library included: MSAL.NET against the native library' "$(Format-Number $first)×" 'at least 3×' ($first -ge 3) (
        "${how}: $(Format-Number (Get-Median $run.msal.first) '0') ms and $(Format-Number (Get-Median $run.module.first) '0') ms"
    ) 'pwsh -NoProfile -File bench/Tokens.ps1 ./out/PIMStepUp/PIMStepUp.psd1 <Microsoft.Identity.Client.dll,Microsoft.IdentityModel.Abstractions.dll>'
    New-BenchRow 'A token that is there already: MSAL.NET against the native call' "$(Format-Number $again)×" 'at least 5×' ($again -ge 5) (
        "the same processes, means of 10000: $(Format-Number (Get-Median $run.msal.again)) µs and $(Format-Number (Get-Median $run.module.again)) µs, each called from a loop of PowerShell. ``Get-PIMAccessToken`` as a whole takes $(Format-Number ($run.command / 1000) '0.00') ms, most of it PowerShell's own"
    )
}

function Export-BenchResult {
    param([object[]] $Row, [string] $Path)

    $system = [System.Runtime.InteropServices.RuntimeInformation]::OSDescription
    $lines = @(
        '# Results'
        ''
        "Written by ``./build.sh bench``. PIMStepUp $(Get-WorkspaceVersion), PowerShell $($PSVersionTable.PSVersion), $([Environment]::ProcessorCount) processor cores, $system."
        'Absolute times are those of one machine; the ratios are taken in the same run. The services are the emulator''s.'
        ''
        '| What | Result | Wanted | Met | How it was taken |'
        '|---|---|---|---|---|'
        foreach ($one in $Row) { "| $($one.What) | **$($one.Value)** | $($one.Wanted) | $(if ($one.Met) { 'yes' } else { 'no' }) | $($one.Detail) |" }
        ''
        'One measurement alone (after `./build.sh build`):'
        ''
        foreach ($one in $Row | Where-Object Command) { "    $($one.Command)" }
    )
    Set-Content -LiteralPath $Path $lines -Encoding utf8
}
