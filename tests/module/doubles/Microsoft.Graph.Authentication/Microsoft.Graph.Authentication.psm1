# A contract test double of Microsoft.Graph.Authentication: its documented commands, signed in at the emulator. See README.md beside
# this folder.
Set-StrictMode -Version Latest
$script:Context = $null
$script:Source = $null
$script:Asked = [System.Collections.Generic.List[string]]::new()
$script:HandedOver = $null

function Connect-MgGraph {
    [CmdletBinding(DefaultParameterSetName = 'UserParameterSet')]
    param(
        [Parameter(ParameterSetName = 'UserParameterSet')] [string[]] $Scopes,
        [Parameter(ParameterSetName = 'AccessTokenParameterSet', Mandatory = $true)] [securestring] $AccessToken,
        [string] $ClientId, [string] $TenantId, [string] $Environment, [switch] $NoWelcome
    )

    $setup = $global:PIMDoubleGraph
    $script:Source = $setup.Token
    $script:Context = [pscustomobject] @{
        ClientId = '14d82eec-204b-4c2f-b7e8-296a70dab67e'; TenantId = $setup.Emulator.TenantId; Scopes = $Scopes; Account = $setup.Account
        AuthType = $setup.Type; TokenCredentialType = 'InteractiveBrowser'; ContextScope = 'Process'; Environment = 'Emulator'
    }
    if ($AccessToken) {
        $script:HandedOver = [System.Net.NetworkCredential]::new('', $AccessToken).Password
        $script:Context.AuthType = 'UserProvidedAccessToken'
    }
    if (-not $NoWelcome) { 'Welcome to Microsoft Graph!' }
}

function Disconnect-MgGraph { [CmdletBinding()] param() $script:Context = $null; $script:HandedOver = $null }

function Get-MgContext { [CmdletBinding()] param() $script:Context }

function Get-MgEnvironment {
    [CmdletBinding()] param([string] $Name)
    [pscustomobject] @{ Name = 'Emulator'; AzureADEndpoint = $global:PIMDoubleGraph.Emulator.Login; GraphEndpoint = $global:PIMDoubleGraph.Emulator.Graph; Type = 'User-defined' }
}

function Invoke-MgGraphRequest {
    [CmdletBinding()]
    param(
        [ValidateSet('GET', 'POST', 'PUT', 'PATCH', 'DELETE')] [string] $Method = 'GET',
        [Parameter(Mandatory = $true)] [uri] $Uri,
        [ValidateSet('HashTable', 'PSObject', 'HttpResponseMessage', 'Json')] [string] $OutputType = 'HashTable',
        [switch] $SkipHttpErrorCheck
    )

    if (-not $script:Context) { throw 'Authentication needed. Please call Connect-MgGraph.' }
    $script:Asked.Add([string] $Uri)
    $request = [System.Net.Http.HttpRequestMessage]::new([System.Net.Http.HttpMethod] $Method, [uri] "$($global:PIMDoubleGraph.Emulator.Graph)/$Uri")
    $secret = if ($script:HandedOver) { $script:HandedOver } else { (& $script:Source 'graph').Text }
    $request.Headers.Authorization = [System.Net.Http.Headers.AuthenticationHeaderValue]::new('Bearer', $secret)
    $client = [System.Net.Http.HttpClient]::new()
    $response = $client.Send($request)
    if (-not $response.IsSuccessStatusCode -and -not $SkipHttpErrorCheck) { throw "Response status code does not indicate success: $($response.StatusCode)" }
    $response
}

# For the tests alone.
function Get-MgDoubleJournal { $script:Asked.ToArray() }
function Clear-MgDoubleJournal { $script:Asked.Clear() }
function Get-MgDoubleToken { $script:HandedOver }
