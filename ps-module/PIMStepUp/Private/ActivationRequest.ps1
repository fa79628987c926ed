function New-PimActivationRequest {
    # What the two activation commands have in common; $Bound is what the caller gave.
    param([string] $Kind, $Bound, [int] $Hours, [int] $Wait)

    $request = @{ kind = $Kind; waitSeconds = [System.Math]::Max(0, $Wait) }
    $span = if ($Bound.ContainsKey('Duration')) { $Bound['Duration'] }
    $maximum = $Bound.ContainsKey('MaximumDuration') -and $Bound['MaximumDuration']
    $length = ConvertTo-PimDuration -Hours $Hours -Duration $span -Maximum:$maximum
    if ($length) { $request['duration'] = $length }
    if ($Bound.ContainsKey('justification') -and $Bound['justification']) { $request['justification'] = ConvertTo-PimScalarText $Bound['justification'] }
    if ($Bound.ContainsKey('TicketNumber') -or $Bound.ContainsKey('TicketSystem')) {
        $ticket = @{ number = ''; system = '' }
        if ($Bound.ContainsKey('TicketNumber')) { $ticket['number'] = [string] $Bound['TicketNumber'] }
        if ($Bound.ContainsKey('TicketSystem')) { $ticket['system'] = [string] $Bound['TicketSystem'] }
        $request['ticket'] = $ticket
    }
    if ($Bound.ContainsKey('StartTime')) {
        $request['startDateTime'] = $Bound['StartTime'].ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture)
    }
    $request
}

function ConvertTo-PimSufficientRole {
    # A name, names, or a dictionary of role to name or names; `*` stands for every role.
    param($Value)

    $table = @{ '*' = [string[]] @('Global Administrator') }
    if ($Value -is [System.Collections.IDictionary]) {
        foreach ($role in $Value.Keys) { $table[[string] $role] = [string[]] @($Value[$role]) }
    } elseif ($null -ne $Value) {
        $table['*'] = [string[]] (@('Global Administrator') + @($Value))
    }
    $table
}

function ConvertFrom-PimRoleTable {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Table)

    $refuse = {
        param($words)
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord @{
                    code = 'InvalidRequest'; category = 'InvalidArgument'; message = $words
                    hint = "write @{ '/subscriptions/{id}' = 'Reader', 'Contributor' }"
                }))
    }
    if ($Table.Count -eq 0) { & $refuse 'None of the requested roles () and scopes are available in your eligible roles.' }
    foreach ($scope in $Table.Keys) {
        if ($scope -isnot [string]) { & $refuse "Invalid roleToActivate key type: $($scope.GetType().Name). Expected String (Azure resource scope)." }
        foreach ($name in @($Table[$scope])) {
            if ($name -isnot [string] -or -not $name) {
                $type = if ($null -eq $name) { 'null' } else { $name.GetType().Name }
                & $refuse "Invalid roleToActivate value type: $type. Expected String or String[] (Role name(s))."
            }
            @{ name = ConvertTo-PimScalarText $name; scope = ConvertTo-PimScalarText $scope }
        }
    }
}

function New-PimRoleSelector {
    param([string[]] $Name, [string[]] $Id, [string] $Scope)

    $place = if ($Scope) { @{ scope = $Scope } } else { @{} }
    foreach ($one in $Name) { if ($one) { @{ name = $one } + $place } }
    foreach ($one in $Id) { if ($one) { @{ roleDefinitionId = $one } + $place } }
}
