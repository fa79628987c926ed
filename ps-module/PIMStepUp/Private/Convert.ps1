function ConvertTo-PimTime {
    # PowerShell 7 has made a [datetime] of it already, Windows PowerShell 5.1 has left a string.
    param($Value)

    if ($null -eq $Value -or $Value -is [datetime]) { return $Value }
    if ($Value -is [System.ValueType]) { return [System.DateTimeOffset]::FromUnixTimeSeconds([long] $Value).UtcDateTime }
    $time = [System.DateTimeOffset]::MinValue
    $culture = [System.Globalization.CultureInfo]::InvariantCulture
    if ([System.DateTimeOffset]::TryParse([string] $Value, $culture, [System.Globalization.DateTimeStyles]::AssumeUniversal, [ref] $time)) {
        $time.UtcDateTime
    }
}

function ConvertTo-PimTimeSpan {
    param($Value)

    if ($Value) { [System.Xml.XmlConvert]::ToTimeSpan([string] $Value) }
}

function ConvertTo-PimDuration {
    # ISO 8601 from what the caller gave; nothing asks for the maximum of the policy.
    param([int] $Hours, $Duration, [switch] $Maximum)

    if ($Maximum) { return }
    # In whole seconds: what is left until a time of the day has parts of them, which no service takes.
    if ($null -ne $Duration) { return [System.Xml.XmlConvert]::ToString([timespan]::new(([timespan] $Duration).Ticks - ([timespan] $Duration).Ticks % [timespan]::TicksPerSecond)) }
    if ($Hours -eq 0) { return 'PT30M' }
    "PT${Hours}H"
}

function ConvertTo-PimHashtable {
    # The shape that scripts know from the Graph SDK: dictionaries all the way down.
    param($Value)

    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        $table = @{}
        foreach ($property in $Value.PSObject.Properties) {
            $inner = $property.Value
            # A call for each text would be most of the time that a long list takes.
            if ($inner -is [string] -or $null -eq $inner) { $table[$property.Name] = $inner } else { $table[$property.Name] = ConvertTo-PimHashtable $inner }
        }
        return $table
    }
    if ($Value -is [System.Collections.IList]) { return , @(foreach ($item in $Value) { ConvertTo-PimHashtable $item }) }
    $Value
}

function ConvertTo-PimScalarText {
    # Without the properties that other commands hang on strings: Windows PowerShell 5.1 would write them into the JSON.
    param($Value)

    if ($null -ne $Value) { ([string] $Value).ToString() }
}
