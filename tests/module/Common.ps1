# What every test file needs. The packed module is tested; PIMSTEPUP_MODULE names another place.
Set-StrictMode -Version Latest

$script:ModulePath = $env:PIMSTEPUP_MODULE
if (-not $script:ModulePath) { $script:ModulePath = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out/PIMStepUp") }
$script:Manifest = Join-Path $script:ModulePath 'PIMStepUp.psd1'
$script:Contract = Get-Content -Raw "$PSScriptRoot/contract.json" | ConvertFrom-Json

# How this PowerShell is started: where it is a .NET tool, the process is dotnet.
$script:PowerShell = (Get-Process -Id $PID).Path
$script:PowerShellStart = @(if ((Get-Process -Id $PID).ProcessName -eq 'dotnet') { Join-Path $PSHOME pwsh.dll })

function Import-TestModule {
    Get-Module PIMStepUp | Remove-Module -Force
    Import-Module $script:Manifest -Force -Global -DisableNameChecking
    # A tenant that a developer has set must not change what is tested.
    Remove-Variable -Name _tenantId -Scope Global -ErrorAction Ignore
}

function Connect-TestUser {
    # A session of its own at the emulator, signed in by the scripted browser.
    param($Emulator, [string] $Account = 'adele@contoso.example', [hashtable] $With = @{})

    $profileFile = Join-Path ([System.IO.Path]::GetTempPath()) "pim-test-$([guid]::NewGuid().ToString('N')).json"
    $browser = @($Emulator.BrowserCommand[0..($Emulator.BrowserCommand.Count - 2)]) + $profileFile + '--account' + $Account
    Connect-PIM -Environment $Emulator -BrowserCommand $browser @With
}

function Get-Journal {
    param($Emulator, [string] $Service, [string] $Method, [string] $PathLike = '*')

    $all = Invoke-RestMethod "$($Emulator.Control)/journal" -SkipCertificateCheck
    @($all | Where-Object { (-not $Service -or $_.service -eq $Service) -and (-not $Method -or $_.method -eq $Method) -and $_.path -like $PathLike })
}

function Get-ActivationWrite {
    # Activation requests that reached a service.
    param($Emulator, [string] $Service)

    if ($Service -eq 'graph') { return @(Get-Journal $Emulator -Service graph -Method POST -PathLike '*roleAssignmentScheduleRequests') }
    @(Get-Journal $Emulator -Service arm -Method PUT -PathLike '*roleAssignmentScheduleRequests*')
}

function Get-SignIn {
    # Sign-in pages that were opened.
    param($Emulator)

    @(Get-Journal $Emulator -Service login -PathLike '*/authorize' | Where-Object { $_.method -eq 'GET' })
}

function Clear-Journal {
    param($Emulator)
    $null = Invoke-RestMethod "$($Emulator.Control)/journal" -Method Delete -SkipCertificateCheck
}

function Add-Fault {
    param($Emulator, [hashtable] $Fault)
    $null = Invoke-RestMethod "$($Emulator.Control)/faults" -Method Post -Body ($Fault | ConvertTo-Json -Depth 10) -ContentType application/json -SkipCertificateCheck
}

function Get-ErrorCode {
    # The stable name: what stands before the comma.
    param([System.Management.Automation.ErrorRecord] $Record)
    ($Record.FullyQualifiedErrorId -split ',')[0]
}

function Get-ContractOutput {
    # The properties that a command of AzurePIMStuff gave, in their order; what the service sends stands as an asterisk.
    param([string] $Function)
    , @($script:Contract.$Function.outputs)
}
