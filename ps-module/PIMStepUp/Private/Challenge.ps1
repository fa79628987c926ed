function Read-PimChallengeInput {
    # What of an error, answer, header or text may carry a challenge: a request of `challenge.parse`, and the address that was asked.
    param($InputObject)

    $found = @{ text = [System.Collections.Generic.List[string]]::new(); headers = [System.Collections.Generic.List[string]]::new(); body = $null; status = $null; uri = $null; resource = $null }
    if ($InputObject -is [System.Management.Automation.ErrorRecord]) {
        Read-PimErrorRecord -Record $InputObject -Found $found
    } elseif ($InputObject -is [System.Exception]) {
        Read-PimException -Exception $InputObject -Found $found
    } elseif ($InputObject -is [string]) {
        $found.text.Add($InputObject)
    } elseif ($InputObject -is [System.Management.Automation.InformationalRecord] -or $InputObject -is [System.Management.Automation.InformationRecord]) {
        # Other streams, redirected.
        $found.text.Add([string] $InputObject)
    } elseif (Test-PimResponse $InputObject) {
        Read-PimResponse -Response $InputObject -Found $found
    } elseif ($InputObject -is [System.Net.WebHeaderCollection] -or (Test-PimType $InputObject 'System.Net.Http.Headers.HttpHeaders')) {
        Read-PimHeader -Headers $InputObject -Found $found
    } elseif ($InputObject -is [System.Collections.IDictionary] -and @($InputObject.Keys) -contains 'WWW-Authenticate') {
        Read-PimHeader -Headers $InputObject -Found $found
    } elseif (Test-PimType $InputObject 'System.Net.Http.Headers.AuthenticationHeaderValue') {
        $found.headers.Add([string] $InputObject)
    } elseif (Test-PimHeaderField $InputObject) {
        Read-PimHeader -Headers @($InputObject) -Found $found
    } elseif ($null -ne $InputObject) {
        # A body that another command has parsed already.
        $found.body = ConvertTo-Json -InputObject (ConvertTo-PimPlainBody $InputObject) -Depth 20 -Compress
    }
    if ($found.uri) {
        $found.resource = ConvertTo-PimOrigin $found.uri
    } elseif (-not $found.resource) {
        $found.resource = Get-PimPrintedResource ($found.text -join "`n")
    }
    $found
}

function ConvertTo-PimPlainBody {
    # What JSON can have been; of other objects, such as files and processes, only the name: all that hangs on them would take minutes.
    param($Value, [int] $Depth = 0)

    if ($null -eq $Value -or $Depth -gt 15) { return }
    if ($Value -is [System.Collections.IDictionary]) {
        $plain = @{}
        foreach ($key in $Value.Keys) { $plain[[string] $key] = ConvertTo-PimPlainBody -Value $Value[$key] -Depth ($Depth + 1) }
        return $plain
    }
    if ($Value -is [System.Collections.IList]) { return , @(foreach ($item in $Value) { , (ConvertTo-PimPlainBody -Value $item -Depth ($Depth + 1)) }) }
    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        $plain = @{}
        foreach ($property in $Value.PSObject.Properties) { $plain[$property.Name] = ConvertTo-PimPlainBody -Value $property.Value -Depth ($Depth + 1) }
        return $plain
    }
    if ($Value -is [System.ValueType]) { return $Value }
    [string] $Value
}

function Get-PimPrintedResource {
    # For which API a challenge is that comes without an address: Azure's tools print the command that answers it.
    param([string] $Text)

    $scope = [regex]::Match($Text, '--scope[ =]"?(https://[^"\s]{1,200}?)/+\.default')
    if ($scope.Success -and $scope.Groups[1].Value -notmatch '^https://management\.') { return $scope.Groups[1].Value }
    if ($scope.Success -or $Text -match '\bConnect-AzAccount\b|\baz login\b') { return 'Arm' }
}

function ConvertTo-PimChallengeRequest {
    # The response first, since its parts are exact; then everything that was printed.
    param([hashtable] $Found)

    if ($Found.headers.Count -gt 0 -or $Found.body) {
        $request = @{ headers = $Found.headers.ToArray() }
        if ($Found.body) { $request['body'] = [string] $Found.body }
        if ($Found.status) { $request['status'] = [int] $Found.status }
        $request
    }
    if ($Found.text.Count -gt 0) { @{ text = $Found.text -join "`n" } }
}

function Test-PimType {
    # By name: Windows PowerShell 5.1 has System.Net.Http only after somebody has loaded it.
    param($Value, [string] $Name)

    $null -ne $Value -and $Value.PSObject.TypeNames -contains $Name
}

function Test-PimHeaderField {
    # The pipeline takes HttpHeaders apart into pairs of a name and values.
    param($Value)

    $Value -is [System.ValueType] -and $Value.GetType().Name -like 'KeyValuePair*' -and $Value.Key -is [string]
}

function Test-PimResponse {
    param($Value)

    if ($null -eq $Value) { return $false }
    if ($Value -is [System.Net.WebResponse]) { return $true }
    $names = $Value.PSObject.Properties
    # HttpResponseMessage, what Invoke-WebRequest returns, and what Invoke-AzRestMethod returns.
    $null -ne $names['StatusCode'] -and $null -ne $names['Headers']
}

function Read-PimErrorRecord {
    param([System.Management.Automation.ErrorRecord] $Record, [hashtable] $Found)

    # Invoke-RestMethod puts the answer's body here, the Graph SDK the whole answer.
    $details = if ($Record.ErrorDetails) { $Record.ErrorDetails.Message }
    if ($details) { $Found.text.Add($details) }
    Read-PimException -Exception $Record.Exception -Found $Found
    if ($details -and $Found.status -and -not $Found.body) { $Found.body = $details }
    $target = $Record.TargetObject
    if (-not $Found.uri -and $null -ne $target) {
        $Found.uri = Get-PimField $target 'RequestUri'
    }
    # The Graph SDK shows the request as well.
    if (-not $Found.uri -and $details -match '^[A-Z]+ (https?://\S+)') { $Found.uri = $Matches[1] }
    if ([string] (Get-PimField (Get-PimField $Record.InvocationInfo 'MyCommand') 'ModuleName') -match '^Az\.') { $Found.resource = 'Arm' }
}

function Read-PimException {
    param([System.Exception] $Exception, [hashtable] $Found)

    for ($inner = $Exception; $null -ne $inner; $inner = $inner.InnerException) {
        $Found.text.Add($inner.Message)
        $ours = $inner.Data['PIMError']
        if ($ours) {
            $claims = Get-PimField $ours 'claims'
            if ($claims) { $Found.text.Insert(0, $claims) }
            if (-not $Found.uri) { $Found.uri = Get-PimField (Get-PimField $ours 'http') 'url' }
        }
        # Azure PowerShell keeps both beside each other.
        if (-not $Found.uri) { $Found.uri = Get-PimField (Get-PimField $inner 'Request') 'RequestUri' }
        $response = Get-PimField $inner 'Response'
        if ($null -ne $response) { Read-PimResponse -Response $response -Found $Found }
    }
}

function Read-PimResponse {
    param($Response, [hashtable] $Found)

    $status = Get-PimField $Response 'StatusCode'
    if ($null -ne $status) { $Found.status = [int] $status }
    # What Invoke-WebRequest returns keeps the response in it.
    $inner = Get-PimField $Response 'BaseResponse' $Response
    $Found.uri = Get-PimField (Get-PimField $inner 'RequestMessage') 'RequestUri' (Get-PimField $inner 'ResponseUri' $Found.uri)
    $headers = Get-PimField $Response 'Headers'
    if ($null -ne $headers) { Read-PimHeader -Headers $headers -Found $Found }
    $content = Get-PimField $Response 'Content'
    try {
        if (Test-PimType $content 'System.Net.Http.HttpContent') {
            $Found.body = $content.ReadAsStringAsync().GetAwaiter().GetResult()
        } elseif ($content -is [byte[]]) {
            $Found.body = [System.Text.Encoding]::UTF8.GetString($content)
        } elseif ($content -is [string]) {
            $Found.body = $content
        } elseif ($Response -is [System.Net.HttpWebResponse]) {
            $stream = $Response.GetResponseStream()
            if ($stream.CanSeek) { $stream.Position = 0 }
            $Found.body = [System.IO.StreamReader]::new($stream).ReadToEnd()
        }
    } catch {
        # Whoever made the request has read the body already and left it in the error's details.
        Write-Debug "the body of the response cannot be read again: $($_.Exception.Message)"
        # $Error[0] stays the caller's error: the next command may be given it.
        if ($global:Error.Count -and [object]::ReferenceEquals($global:Error[0].Exception, $_.Exception)) { $global:Error.RemoveAt(0) }
    }
}

function Read-PimHeader {
    param($Headers, [hashtable] $Found)

    if ($Headers -is [System.Net.WebHeaderCollection]) {
        foreach ($value in $Headers.GetValues('WWW-Authenticate')) { $Found.headers.Add($value) }
        return
    }
    foreach ($pair in $Headers.GetEnumerator()) {
        if ([string] $pair.Key -ne 'WWW-Authenticate') { continue }
        foreach ($value in $pair.Value) { $Found.headers.Add([string] $value) }
    }
}

function Find-PimChallenge {
    # Challenges of anything, the one to answer first. Malformed ones are an error, and so is that there is none where one has to be.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Context, $InputObject, [switch] $Required)

    if ($null -eq $InputObject) {
        if ($Required) { Write-PimChallengeNotFound -Cmdlet $Cmdlet }
        return
    }
    if ($InputObject.PSObject.TypeNames -contains 'PIMStepUp.ClaimsChallenge') { return $InputObject }
    if ((Test-PimHeaderField $InputObject) -and $InputObject.Key -ne 'WWW-Authenticate') { return }
    $found = Read-PimChallengeInput $InputObject
    $refused = @{ First = $null }
    foreach ($request in @(ConvertTo-PimChallengeRequest $found)) {
        $session = Get-PimSession -Cmdlet $Cmdlet -Context $Context -Offline
        $reply = Invoke-PimCore -Cmdlet $Cmdlet -Session $session -Operation 'challenge.parse' -Request $request -OnFailure {
            param($failure)
            if (-not $refused.First) { $refused.First = $failure }
        }
        if (-not (Get-PimField $reply 'found' $false)) { continue }
        foreach ($challenge in (Get-PimField $reply 'challenges')) { ConvertTo-PimChallenge -Challenge $challenge -Found $found }
        return
    }
    if ($refused.First) {
        $Cmdlet.WriteError((New-PimErrorRecord -Failure $refused.First -Target $InputObject))
    } elseif ($Required) {
        Write-PimChallengeNotFound -Cmdlet $Cmdlet -InputObject $InputObject
    }
}

function Write-PimChallengeNotFound {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $InputObject)

    $Cmdlet.WriteError((New-PimErrorRecord -Target $InputObject -Failure @{
                code = 'ChallengeNotFound'; category = 'InvalidArgument'; message = 'the input holds no claims challenge'
                hint = 'look at the error itself: it was not refused for want of claims'
            }))
}

function ConvertTo-PimChallenge {
    param($Challenge, [hashtable] $Found)

    [pscustomobject] @{
        PSTypeName             = 'PIMStepUp.ClaimsChallenge'
        AuthenticationContexts = [string[]] @((Get-PimField $Challenge 'authenticationContexts' @()))
        Demands                = [string[]] @((Get-PimField $Challenge 'demands' @()))
        Claims                 = [string] (Get-PimField $Challenge 'claimsText')
        Base64                 = [string] (Get-PimField $Challenge 'claimsBase64')
        Canonical              = [string] (Get-PimField $Challenge 'claimsCanonical')
        FoundIn                = [string] (Get-PimField $Challenge 'foundIn')
        Scheme                 = Get-PimField $Challenge 'scheme'
        ErrorCode              = Get-PimField $Challenge 'errorCode'
        Error                  = Get-PimField $Challenge 'error'
        Suberror               = Get-PimField $Challenge 'suberror'
        ErrorDescription       = Get-PimField $Challenge 'errorDescription'
        BatchItem              = Get-PimField $Challenge 'batchItem'
        AuthorizationUri       = Get-PimField $Challenge 'authorizationUri'
        RequestUri             = if ($Found.uri) { [uri] "$($Found.uri)" }
        Resource               = $Found.resource
    }
}
