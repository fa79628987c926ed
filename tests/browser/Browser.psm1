# A real Chromium with a virtual passkey, driven over the WebDriver protocol.

Set-StrictMode -Version 3

function Invoke-WebDriver {
    param(
        [Parameter(Mandatory)] [string] $SessionUrl,
        [Parameter(Mandatory)] [string] $Method,
        [string] $Path = '',
        $Body
    )

    $request = @{ Method = $Method; Uri = $SessionUrl + $Path; SkipHttpErrorCheck = $true; StatusCodeVariable = 'status'; NoProxy = $true }
    if ($Method -eq 'Post') {
        $request.Body = if ($null -eq $Body) { '{}' } else { ConvertTo-Json $Body -Depth 10 -Compress }
        $request.ContentType = 'application/json; charset=utf-8'
    }
    $answer = Invoke-RestMethod @request
    if ($status -ge 400) { throw "the browser refused ``$Method $Path``: $($answer.value.error): $($answer.value.message)" }
    $answer.value
}

# The path of a Chromium or Chrome; nothing where there is none.
function Find-Chromium {
    $names = 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'
    $found = Get-Command $names -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if ($found) { return $found.Source }

    $usual = @('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome') + @(
        foreach ($folder in $env:ProgramFiles, ${env:ProgramFiles(x86)} | Where-Object { $_ }) { "$folder\Google\Chrome\Application\chrome.exe" }
    )
    $usual | Where-Object { Test-Path -LiteralPath $_ } | Select-Object -First 1
}

# Starts chromedriver, a browser with an empty profile and an authenticator that approves by itself, as a finger on a sensor would.
function Start-Browser {
    param(
        [string] $Chromium = (Find-Chromium),
        [string] $ChromeDriver = 'chromedriver',
        [switch] $Visible
    )

    $folder = Join-Path ([IO.Path]::GetTempPath()) "pim-browser-$([guid]::NewGuid().ToString('N'))"
    $null = New-Item -ItemType Directory $folder
    $log = Join-Path $folder chromedriver.log
    # The browser's crash reports and settings go where its profile goes, not to the user's home.
    $places = @{ XDG_CONFIG_HOME = Join-Path $folder config; XDG_CACHE_HOME = Join-Path $folder cache }
    $driver = Start-Process $ChromeDriver -ArgumentList '--port=0' -RedirectStandardOutput $log -RedirectStandardError "$log.err" -Environment $places -PassThru
    $browser = [pscustomobject] @{ Process = $driver; Folder = $folder; SessionUrl = $null; Authenticator = $null }

    try {
        $origin = "http://127.0.0.1:$(Wait-DriverPort $driver $log)"
        $flags = @(
            "--user-data-dir=$(Join-Path $folder profile)", '--window-size=1100,800', '--no-first-run', '--no-default-browser-check'
            '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'
            if (-not $Visible) { '--headless=new', '--disable-gpu' }
            # Chromium refuses to sandbox what root runs.
            if ($IsLinux -and (& id -u) -eq '0') { '--no-sandbox' }
        )
        $capabilities = @{ alwaysMatch = @{ acceptInsecureCerts = $true; 'goog:chromeOptions' = @{ binary = $Chromium; args = $flags } } }
        $session = Invoke-WebDriver $origin Post /session @{ capabilities = $capabilities }
        $browser.SessionUrl = "$origin/session/$($session.sessionId)"
        $null = Invoke-WebDriver $browser.SessionUrl Post /timeouts @{ implicit = 20000; pageLoad = 30000 }
        $browser.Authenticator = Invoke-WebDriver $browser.SessionUrl Post /webauthn/authenticator @{
            protocol = 'ctap2'; transport = 'internal'; hasResidentKey = $true; hasUserVerification = $true; isUserVerified = $true; isUserConsenting = $true
        }
    } catch {
        Stop-Browser $browser
        throw
    }
    $browser
}

# chromedriver picks a free port and says which; nothing but its output tells it.
function Wait-DriverPort {
    param([System.Diagnostics.Process] $Process, [string] $Log)

    $deadline = [datetime]::UtcNow.AddSeconds(30)
    while ([datetime]::UtcNow -lt $deadline) {
        # A file that grows while it is read may come in several pieces, and only of one piece does -match tell what it found.
        $text = [string] (Get-Content -LiteralPath $Log -Raw -ErrorAction Ignore)
        if ($text -match 'started successfully on port (\d+)') { return $Matches[1] }
        if ($Process.WaitForExit(50)) { throw "chromedriver ended with exit code $($Process.ExitCode): $(Get-Content -LiteralPath $Log, "$Log.err" -Raw)" }
    }
    throw 'chromedriver did not start within 30 seconds'
}

function Stop-Browser {
    param([Parameter(Mandatory)] $Browser)

    if ($Browser.SessionUrl) { try { $null = Invoke-WebDriver $Browser.SessionUrl Delete } catch { Write-Verbose "$_" } }
    if (-not $Browser.Process.HasExited) { $Browser.Process.Kill($true) }
    $null = $Browser.Process.WaitForExit(10000)
    Remove-Item -LiteralPath $Browser.Folder -Recurse -Force -ErrorAction Ignore
}

function Save-Screenshot {
    param([Parameter(Mandatory)] [string] $SessionUrl, [Parameter(Mandatory)] [string] $Path)

    $null = New-Item -ItemType Directory -Force (Split-Path $Path)
    [IO.File]::WriteAllBytes($Path, [Convert]::FromBase64String((Invoke-WebDriver $SessionUrl Get /screenshot)))
}

# The first element that matches; the driver itself waits until there is one.
function Find-Element {
    param([Parameter(Mandatory)] [string] $SessionUrl, [Parameter(Mandatory)] [string] $Selector)

    $found = Invoke-WebDriver $SessionUrl Post /element @{ using = 'css selector'; value = $Selector }
    $found.psobject.Properties.Value
}

function Invoke-PageScript {
    param([Parameter(Mandatory)] [string] $SessionUrl, [Parameter(Mandatory)] [string] $Script, [object[]] $Arguments = @())
    Invoke-WebDriver $SessionUrl Post /execute/sync @{ script = $Script; args = $Arguments }
}

function Get-Passkey {
    param([Parameter(Mandatory)] $Browser)
    @(Invoke-WebDriver $Browser.SessionUrl Get "/webauthn/authenticator/$($Browser.Authenticator)/credentials")
}

# Walks the emulator's sign-in pages as a user would, to the page that the sign-in ends on. Each page is pictured and noted.
function Complete-SignIn {
    param(
        [Parameter(Mandatory)] [string] $SessionUrl,
        [Parameter(Mandatory)] [string] $Account,
        [Parameter(Mandatory)] [string] $Pictures
    )

    # A page that was acted on is marked, so that the next look waits for the one after it.
    $fresh = 'body[data-page]:not([data-left]), body > main > svg.good, body > main > svg.bad'
    for ($step = 0; $step -lt 12; $step++) {
        $null = Find-Element $SessionUrl $fresh
        $page = Invoke-PageScript $SessionUrl @'
            const body = document.body;
            const name = body.dataset.page || (document.querySelector('main > svg.good') ? 'done' : 'failed');
            const passkey = document.getElementById('use-passkey') ? 'use-passkey' : 'register-passkey';
            const code = document.getElementById('code');
            return { name, passkey, title: document.querySelector('h1').textContent, code: code ? code.textContent : '' };
'@
        Save-Page $SessionUrl $Pictures $page.name

        $click = switch ($page.name) {
            'pick-account' { "button[data-upn='$Account']", "picks $Account" }
            'sign-in' { '#sign-in', 'signs in' }
            'passkey' { "#$($page.passkey)", $(if ($page.passkey -eq 'use-passkey') { 'uses the passkey' } else { 'registers a passkey' }) }
            'consent' { '#accept', 'accepts' }
            'form-post' { $null, 'goes on by itself' }
            'done' { Add-Note $Pictures "$($page.title): done"; return }
            default { throw "the sign-in ended on the page ``$($page.name)``: $($page.title) $($page.code)" }
        }
        Add-Note $Pictures "$($page.title): $($click[1])"
        $null = Invoke-PageScript $SessionUrl 'document.body.dataset.left = "yes"'
        if ($click[0]) { $null = Invoke-WebDriver $SessionUrl Post "/element/$(Find-Element $SessionUrl $click[0])/click" }
    }
    throw "the sign-in did not end within $step pages"
}

function Save-Page {
    param([string] $SessionUrl, [string] $Folder, [string] $Name)
    $number = @(Get-ChildItem -LiteralPath $Folder -Filter *.png).Count + 1
    Save-Screenshot $SessionUrl (Join-Path $Folder ('{0:00}-{1}.png' -f $number, $Name))
}

function Add-Note {
    param([string] $Folder, [string] $Text)
    Add-Content -LiteralPath (Join-Path $Folder pages.log) $Text
}

# What the module is given as its browser: a PowerShell that opens the address in this browser and acts there as the user.
function Get-BrowserCommand {
    param(
        [Parameter(Mandatory)] $Browser,
        [Parameter(Mandatory)] [string] $Account,
        [Parameter(Mandatory)] [string] $Pictures
    )

    $null = New-Item -ItemType Directory -Force $Pictures
    'pwsh', '-NoLogo', '-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot Open-Page.ps1)
    '-SessionUrl', $Browser.SessionUrl, '-Account', $Account, '-Pictures', $Pictures
}

Export-ModuleMember -Function Find-Chromium, Complete-SignIn, Get-BrowserCommand, Start-Browser, Stop-Browser, Save-Screenshot, Find-Element, Invoke-PageScript, Invoke-WebDriver, Get-Passkey
