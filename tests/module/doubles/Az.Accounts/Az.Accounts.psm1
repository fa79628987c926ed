# A contract test double of Az.Accounts: its documented commands, signed in at the emulator. See README.md beside this folder.
Set-StrictMode -Version Latest
$script:Context = $null
$script:Source = $null
$script:Asked = [System.Collections.Generic.List[string]]::new()

function Connect-AzAccount {
    [CmdletBinding()]
    param([string] $Environment, [string] $Tenant, [string] $AccountId, [string] $ClaimsChallenge, [switch] $ServicePrincipal)

    # Set by the test: cloud (of the emulator), and what gives a token for a resource.
    $setup = $global:PIMDoubleAz
    $script:Source = $setup.Token
    $script:Context = [pscustomobject] @{
        Name         = 'double'
        Account      = [pscustomobject] @{ Id = $setup.Account; Type = $setup.Type }
        Tenant       = [pscustomobject] @{ Id = $setup.Emulator.TenantId }
        Subscription = $null
        Environment  = [pscustomobject] @{
            Name = 'Emulator'; ActiveDirectoryAuthority = "$($setup.Emulator.Login)/"; ResourceManagerUrl = "$($setup.Emulator.Arm)/"
            ExtendedProperties = @{ MicrosoftGraphUrl = $setup.Emulator.Graph }
        }
    }
    $script:Context
}

function Disconnect-AzAccount { [CmdletBinding()] param() $script:Context = $null }

function Get-AzContext { [CmdletBinding()] param([string] $Name, [switch] $ListAvailable) $script:Context }

function Get-AzAccessToken {
    [CmdletBinding(DefaultParameterSetName = 'KnownResourceTypeName')]
    param(
        [Parameter(ParameterSetName = 'KnownResourceTypeName')] [string] $ResourceTypeName,
        [Parameter(ParameterSetName = 'ResourceUrl', Mandatory = $true)] [Alias('Resource', 'ResourceUri')] [string] $ResourceUrl,
        [string] $TenantId,
        [switch] $AsSecureString
    )

    if (-not $script:Context) { throw 'Run Connect-AzAccount to login.' }
    $script:Asked.Add($ResourceUrl)
    $token = & $script:Source $ResourceUrl $TenantId
    $secret = if ($AsSecureString) { ConvertTo-SecureString $token.Text -AsPlainText -Force } else { $token.Text }
    [pscustomobject] @{ Token = $secret; ExpiresOn = [System.DateTimeOffset] $token.ExpiresOn; TenantId = $script:Context.Tenant.Id; UserId = $script:Context.Account.Id; Type = 'Bearer' }
}

# For the tests alone: which resources tokens were asked for.
function Get-AzDoubleJournal { $script:Asked.ToArray() }
function Clear-AzDoubleJournal { $script:Asked.Clear() }
