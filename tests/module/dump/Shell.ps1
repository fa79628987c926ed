# A shell that signs in, works, rests, and then ends in a way that makes .NET dump its memory.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Manifest,
    # The emulator and an application of it, as JSON.
    [Parameter(Mandatory)] [string] $EmulatorFile,
    # The application's secret alone.
    [Parameter(Mandatory)] [string] $SecretFile,
    [Parameter(Mandatory)] [string] $ReadyFile,
    # Connections are closed within that time, and their buffers go with them.
    [int] $RestSeconds,
    # Keeps a token as text, as a caller may do.
    [switch] $Keep
)
$ErrorActionPreference = 'Stop'
Import-Module $Manifest -DisableNameChecking
$emulator = Get-Content -Raw $EmulatorFile | ConvertFrom-Json
$emulator.PSObject.TypeNames.Insert(0, 'PIMStepUp.Emulator')

# Never a string: that would be in the dump whatever the module does.
$bytes = [System.IO.File]::ReadAllBytes($SecretFile)
$secret = [securestring]::new()
foreach ($byte in $bytes) { $secret.AppendChar([char] $byte) }
[System.Array]::Clear($bytes, 0, $bytes.Length)
$null = Connect-PIM -Environment $emulator -ClientId $emulator.ClientId -ClientSecret $secret
$secret.Dispose()

$null = Connect-PIM -Environment $emulator -Account adele@contoso.example -Resource Graph, Arm -BrowserCommand $emulator.BrowserCommand
$null = Get-PIMMyEligibleDirectoryRole
$results = @(Invoke-PIMDirectoryRoleActivation 'Security Administrator' -justification 'a dump' -NoPortal -PassThru)
$results += @(Invoke-PIMResourceRoleActivation -RoleName Contributor -Scope 'Contoso Production' -justification 'a dump' -NoPortal -PassThru)
Set-Content $ReadyFile (@($results.ActivationStatus) -join ' ')
if ($Keep) { $kept = Get-PIMAccessToken -AsPlainText }
Start-Sleep -Seconds $RestSeconds
[System.Environment]::FailFast("the memory is to be dumped, with $(([string] $kept).Length) characters of a token that was kept")
