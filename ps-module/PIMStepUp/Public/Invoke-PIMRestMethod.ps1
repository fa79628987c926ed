function Invoke-PIMRestMethod {
    <#
    .SYNOPSIS
    Sends a request to Microsoft Graph, Azure Resource Manager or another Entra-protected API.

    .DESCRIPTION
    The token is found by the address. If the service answers with a claims challenge, the user signs in as it demands and the
    request is repeated once. Throttling (429, 503) is obeyed. A token is sent only to the hosts of the session's cloud, or to
    the host of -Resource. A redirection is not followed: it is an error, unless a variable for the status or the headers is named.

    .PARAMETER Uri
    The address: absolute, or a path on Microsoft Graph such as /v1.0/me.

    .PARAMETER Method
    The HTTP method. Default: GET.

    .PARAMETER Body
    What to send: text as it is, anything else as JSON.

    .PARAMETER ContentType
    Media type of the body. Default: application/json.

    .PARAMETER Headers
    Further headers. Authorization is set by the command.

    .PARAMETER All
    Follows the next links of a list and returns the items, each as soon as it is there.

    .PARAMETER Resource
    Graph, Arm, or the application id URI of the API. Default: by the address.

    .PARAMETER Scope
    Permissions that the token must have. Default: those of the resource.

    .PARAMETER Claims
    Claims that the token must satisfy from the start: JSON, base64, or any text that carries a challenge.

    .PARAMETER StatusCodeVariable
    Name of a variable that receives the HTTP status.

    .PARAMETER ResponseHeadersVariable
    Name of a variable that receives the answer's headers as a dictionary. A redirection is no error then, and its address is `location`.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    System.Management.Automation.PSCustomObject for JSON, System.String for text, System.Byte[] for anything else

    .EXAMPLE
    PS> Invoke-PIMRestMethod /v1.0/me

    .EXAMPLE
    PS> Invoke-PIMRestMethod '/v1.0/roleManagement/directory/roleDefinitions?$select=id,displayName' -All | Sort-Object displayName

    .EXAMPLE
    PS> Invoke-PIMRestMethod -Method Post -Uri $uri -Body @{ displayName = 'Name' } -WhatIf

    Shows what would be sent where.

    .LINK
    Get-PIMAccessToken
    #>
    [CmdletBinding(SupportsShouldProcess = $true, PositionalBinding = $false)]
    param(
        [Parameter(Position = 0, Mandatory = $true)] [ValidateNotNullOrEmpty()] [string] $Uri,
        [ValidateSet('Get', 'Head', 'Post', 'Put', 'Patch', 'Delete', 'Options')] [string] $Method = 'Get',
        [object] $Body,
        [ValidateNotNullOrEmpty()] [string] $ContentType,
        [System.Collections.IDictionary] $Headers,
        [switch] $All,
        [ValidateNotNullOrEmpty()]
        [ArgumentCompleter({
                param($commandName, $parameterName, $wordToComplete)
                @('Graph', 'Arm') -like "$wordToComplete*"
            })]
        [string] $Resource,
        [string[]] $Scope,
        [ValidateNotNullOrEmpty()] [string] $Claims,
        [ValidateNotNullOrEmpty()] [string] $StatusCodeVariable,
        [ValidateNotNullOrEmpty()] [string] $ResponseHeadersVariable,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $verb = $Method.ToUpperInvariant()
    if ($verb -notin 'GET', 'HEAD', 'OPTIONS' -and -not $PSCmdlet.ShouldProcess($Uri, $verb)) { return }

    $request = @{ method = $verb; uri = $Uri }
    if ($PSBoundParameters.ContainsKey('Body') -and $null -ne $Body) {
        $request['body'] = if ($Body -is [string]) { ConvertTo-PimScalarText $Body } else { $Body }
    }
    if ($ContentType) { $request['contentType'] = $ContentType }
    if ($Headers) {
        $request['headers'] = @{}
        foreach ($name in $Headers.Keys) { $request['headers'][[string] $name] = ConvertTo-PimScalarText $Headers[$name] }
    }
    if ($All) { $request['all'] = $true }
    if ($Resource) { $request['resource'] = ConvertTo-PimResourceName $Resource }
    if ($Scope) { $request['scopes'] = [string[]] $Scope }
    if ($Claims) { $request['claims'] = $Claims }

    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context -Service (Get-PimServiceName $(if ($Resource) { $request['resource'] } else { $Uri }))
    $reply = @{}
    Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'rest.invoke' -Request $request -OnOutputs { param($items) foreach ($item in $items) { $item } } -OnDone {
        param($value)
        $reply['status'] = $value.status
        $reply['headers'] = Get-PimField $value 'headers'
        # Nothing was done and nothing returned. Whoever asks for status or headers looks for the redirection.
        if ($value.status -ge 300 -and $value.status -ne 304 -and -not $StatusCodeVariable -and -not $ResponseHeadersVariable) {
            $PSCmdlet.ThrowTerminatingError((New-PimRedirectionError -Uri $Uri -Status $value.status -Location (Get-PimField $reply['headers'] 'location')))
        }
        foreach ($part in 'body', 'text') {
            $content = Get-PimField $value $part
            if ($null -ne $content) { $content }
        }
        $base64 = Get-PimField $value 'base64'
        if ($base64) { , [System.Convert]::FromBase64String($base64) }
    }
    # In the caller's scope: $PSCmdlet.SessionState is that of whoever called the command.
    if ($StatusCodeVariable) { $PSCmdlet.SessionState.PSVariable.Set($StatusCodeVariable, [int] $reply['status']) }
    if ($ResponseHeadersVariable) { $PSCmdlet.SessionState.PSVariable.Set($ResponseHeadersVariable, (ConvertTo-PimHashtable $reply['headers'])) }
}
