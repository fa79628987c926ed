# Libraries that are not ours: Microsoft's .NET clients against the emulator, and an OpenID provider for Node.js that our client signs in at.

# What the suite cannot do without, and whether it is here.
$InteropNeeds = [ordered] @{
    'the .NET SDK 10' = { Test-DotNetSdk }
    npm               = { [bool] (Find-Program npm) }
}

function Test-DotNetSdk {
    if (-not (Get-Command dotnet -CommandType Application -ErrorAction Ignore)) { return $false }
    [bool] (& dotnet --list-sdks | Where-Object { $_ -match '^(\d+)\.' -and [int] $Matches[1] -ge 10 })
}

function Test-Interop {
    $missing = @($InteropNeeds.Keys | Where-Object { -not (& $InteropNeeds[$_]) })
    if ($missing) {
        $detail = "$($missing -join ' and ') not found: install it to try the clients of others"
        if ($env:CI) { return New-SuiteResult -Failed 1 -Detail $detail }
        return New-SuiteResult -Skipped 1 -Detail $detail
    }

    $clients = Test-MicrosoftClient
    Install-OpenIdProvider
    $provider = Test-Pester interop (Join-Path $script:Build.Root tests interop)
    New-SuiteResult ($clients.Passed + $provider.Passed) ($clients.Failed + $provider.Failed) ($clients.Skipped + $provider.Skipped) (
        @($clients.Detail) + @($provider.Detail) | Where-Object { $_ })
}

# Restored, built and run in target/.cache; Directory.Build.props beside the project names the folders.
function Test-MicrosoftClient {
    $project = Join-Path $script:Build.Root tests interop dotnet interop.csproj
    $null = Invoke-Program dotnet ('build', $project, '--configuration', 'Release', '--verbosity', 'quiet') -Log interop-build

    $result = Join-Path $script:Build.Logs interop-dotnet.json
    Remove-Item -LiteralPath $result -ErrorAction Ignore
    $arguments = @(
        Join-Path $script:Build.Cache interop dotnet bin interop.dll
        Join-Path $script:Build.Out PIMStepUp bin (Get-RuntimeId) (Get-NativeFileName)[1]
        Join-Path $script:Build.Root tests scenarios contoso.json
        $result
    )
    $run = Invoke-Program dotnet $arguments -Log interop-dotnet -AllowFailure
    if (-not (Test-Path -LiteralPath $result)) { return New-SuiteResult -Failed 1 -Detail (Get-LogEnd $run.Log) }
    $counts = Get-Content -LiteralPath $result -Raw | ConvertFrom-Json
    New-SuiteResult $counts.passed $counts.failed $counts.skipped @($counts.detail)
}

# The lock names versions and hashes, and no registry: npm takes the packages from the one that it is set up for.
function Install-OpenIdProvider {
    $source = Join-Path $script:Build.Root tests interop node
    $target = Join-Path $script:Build.Cache interop node
    $null = New-Item -ItemType Directory -Force $target
    $lock = Join-Path $target package-lock.json
    $wanted = (Get-FileHash -LiteralPath (Join-Path $source package-lock.json)).Hash
    $isThere = (Test-Path -LiteralPath (Join-Path $target node_modules .package-lock.json)) -and (Get-FileHash -LiteralPath $lock -ErrorAction Ignore).Hash -eq $wanted

    Copy-Item (Join-Path $source *) $target -Force
    if (-not $isThere) { $null = Invoke-Program npm ('ci', '--no-audit', '--no-fund', '--ignore-scripts') -Log interop-npm -WorkingDirectory $target }
}
