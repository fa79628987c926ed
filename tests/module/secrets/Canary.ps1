# Shows a secret of each kind on purpose, in every place and in every form: what the search does not find here it would find nowhere.
$encoded = foreach ($secret in (Send-Control /secrets -Method Get | ForEach-Object { $_ } | Group-Object kind)) {
    $value = $secret.Group[-1].value
    Write-Verbose "plain: $value"
    # One character in the middle at least is encoded, whatever the secret is made of.
    Write-Debug ('in an address: code={0}%{1:X2}{2}&x=1' -f $value.Substring(0, 6), [int] $value[6], [uri]::EscapeDataString($value.Substring(7)))
    Write-Error "in an error: $value" -TargetObject $value
    & $module { param($value) $script:PimCanary += , $value } $value
    $null = & $module { param($value) ConvertFrom-PimJson (ConvertTo-Json @{ event = 'verbose'; message = "in an event: $value" }) } $value
    [System.Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes("x:$value"))
}
# In another shell alone.
Complete-Shell (Start-Shell { foreach ($value in $encoded) { Write-Warning "in base64: $value" } } @{ encoded = $encoded })
