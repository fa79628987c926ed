function Get-PimField {
    # Fields that a reply leaves out must not fail under the strict mode that a module inherits from the global scope.
    param($InputObject, [string] $Name, $Default = $null)

    if ($null -eq $InputObject) { return $Default }
    if ($InputObject -is [System.Collections.IDictionary]) {
        if ($InputObject.Contains($Name)) { return , $InputObject[$Name] }
        return $Default
    }
    $property = $InputObject.PSObject.Properties[$Name]
    if ($null -eq $property) { return $Default }
    , $property.Value
}

function New-PimErrorRecord {
    # $Failure is the error of a `failed` event, or a dictionary with the same fields.
    param($Failure, $Target, [string] $Message)

    $text = [string] (Get-PimField $Failure 'message')
    if ($Message) { $text = $Message }
    $hint = [string] (Get-PimField $Failure 'hint')
    $code = [string] (Get-PimField $Failure 'code')
    $category = [string] (Get-PimField $Failure 'category') -as [System.Management.Automation.ErrorCategory]
    if ($null -eq $category) { $category = [System.Management.Automation.ErrorCategory]::NotSpecified }
    if ($null -eq $Target) { $Target = Get-PimField $Failure 'target' }

    $exception = switch ($category) {
        'InvalidArgument' { [System.ArgumentException]::new($text) }
        'PermissionDenied' { [System.UnauthorizedAccessException]::new($text) }
        'OperationTimeout' { [System.TimeoutException]::new($text) }
        'OperationStopped' { [System.OperationCanceledException]::new($text) }
        default { [System.InvalidOperationException]::new($text) }
    }
    # A plain dictionary: .NET Framework takes nothing but serializable values here.
    $detail = @{}
    if ($Failure -is [System.Collections.IDictionary]) {
        foreach ($key in $Failure.Keys) { $detail[[string] $key] = $Failure[$key] }
    } elseif ($null -ne $Failure) {
        foreach ($property in $Failure.PSObject.Properties) { $detail[$property.Name] = $property.Value }
    }
    $exception.Data['PIMError'] = $detail

    $record = [System.Management.Automation.ErrorRecord]::new($exception, $code, $category, $Target)
    if ($hint) {
        $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($text)
        $record.ErrorDetails.RecommendedAction = $hint
    }
    $record
}

function New-PimRedirectionError {
    # Of the address only the host is told: the rest may be a ticket to what it leads to.
    param([string] $Uri, [int] $Status, [string] $Location)

    $where = ''
    $address = $Location -as [uri]
    if ($address -and $address.IsAbsoluteUri) { $where = " to ``$($address.Host)``" }
    New-PimErrorRecord @{
        code = 'UnexpectedResponse'; category = 'InvalidData'; target = $Uri
        message = "the answer is a redirection$where, which is not followed (status $Status)"
        hint = 'check the address; where the redirection is what you want, name a variable for its headers (-ResponseHeadersVariable) and take `location`; a captive portal or a proxy may also answer in the place of the service'
    }
}
