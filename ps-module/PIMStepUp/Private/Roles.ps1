function Get-PimRoleEntry {
    # The user's roles in the shape that AzurePIMStuff gave them, with what is ours after it.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Context, [string] $Kind, [string] $State)

    $pimSession = Get-PimSession -Cmdlet $Cmdlet -Context $Context -Service $(if ($Kind -eq 'resource') { 'Arm' } else { 'Graph' })
    $pimNames = [System.Collections.Generic.List[string]]::new()
    Invoke-PimCore -Cmdlet $Cmdlet -Session $pimSession -Operation 'role.list' -Request @{ kind = $Kind; state = $State } -OnOutput {
        param($entry)
        $name = Get-PimField $entry 'roleName'
        if ($name) { $pimNames.Add($name) }
        if ($Kind -eq 'directory') { ConvertTo-PimDirectoryRole $entry } else { ConvertTo-PimResourceRole $entry }
    }
    if ($State -eq 'eligible') {
        if (-not $script:PimKnownRoles.ContainsKey($pimSession)) { $script:PimKnownRoles[$pimSession] = @{} }
        $script:PimKnownRoles[$pimSession][$Kind] = $pimNames.ToArray()
    }
}

function ConvertTo-PimDirectoryRole {
    param($Entry)

    $role = [ordered] @{ RoleName = Get-PimField $Entry 'roleName' }
    foreach ($property in $Entry.raw.PSObject.Properties) {
        if ($property.Name -notlike '@odata.*') { $role[$property.Name] = $property.Value }
    }
    $role['ScopeName'] = Get-PimField $Entry 'scopeName'
    $role['ScopeType'] = $Entry.scopeType
    $role['StartDateTime'] = ConvertTo-PimTime (Get-PimField $Entry 'startDateTime')
    $role['EndDateTime'] = ConvertTo-PimTime (Get-PimField $Entry 'endDateTime')
    $object = [pscustomobject] $role
    $object.PSObject.TypeNames.Insert(0, 'PIMStepUp.Role')
    $object.PSObject.TypeNames.Insert(0, 'PIMStepUp.DirectoryRole')
    $object
}

function ConvertTo-PimResourceRole {
    param($Entry)

    $role = [ordered] @{}
    foreach ($property in $Entry.raw.PSObject.Properties) {
        if ($property.Name -ne 'properties') { $role[$property.Name] = $property.Value }
    }
    $inner = Get-PimField $Entry.raw 'properties'
    $properties = if ($inner) { $inner.PSObject.Properties | Sort-Object -Property Name }
    foreach ($property in $properties) {
        if ($property.Name -eq 'expandedProperties' -and $Entry.state -eq 'eligible') { continue }
        $value = $property.Value
        if ($property.Name -in 'startDateTime', 'endDateTime') { $value = ConvertTo-PimTime $value }
        $role[$property.Name] = $value
    }
    if (-not $role.Contains('endDateTime')) { $role['endDateTime'] = $null }
    $principal = Get-PimField (Get-PimField $inner 'expandedProperties') 'principal'
    $role['ScopeType'] = $Entry.scopeType
    $role['ScopeName'] = Get-PimField $Entry 'scopeName'
    $role['principalDisplayName'] = Get-PimField $principal 'displayName'
    $role['principalUPN'] = Get-PimField $principal 'userPrincipalName' (Get-PimField $principal 'email')
    $role['roleName'] = Get-PimField $Entry 'roleName'
    $object = [pscustomobject] $role
    $object.PSObject.TypeNames.Insert(0, 'PIMStepUp.Role')
    $object.PSObject.TypeNames.Insert(0, 'PIMStepUp.ResourceRole')
    $object
}

function ConvertTo-PimRoleSelector {
    # From what a listing gave: the schedule names the role and its scope exactly.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Role, [string] $Kind)

    $typeName = if ($Kind -eq 'directory') { 'PIMStepUp.DirectoryRole' } else { 'PIMStepUp.ResourceRole' }
    if ($Role.PSObject.TypeNames -notcontains $typeName) {
        $Cmdlet.WriteError((New-PimErrorRecord -Target $Role -Failure @{
                    code = 'InvalidRequest'; category = 'InvalidArgument'
                    message = "the input is no $Kind role"; hint = "pipe what the command for eligible $Kind roles returns"
                }))
        return
    }
    if ($Kind -eq 'directory') {
        return @{ name = [string] $Role.RoleName; roleDefinitionId = [string] $Role.roleDefinitionId; scope = [string] $Role.directoryScopeId; scheduleId = [string] $Role.id }
    }
    @{ name = [string] $Role.roleName; roleDefinitionId = [string] $Role.roleDefinitionId; scope = [string] $Role.scope; scheduleId = [string] $Role.id }
}

function Complete-PimRoleName {
    # From the last listing alone: Tab must not wait for a network.
    param([string] $Word, $Bound, [string] $Kind)

    $sessions = @(if ($script:PimDefaultSession) { $script:PimDefaultSession } else { $script:PimHostSessions.Values })
    if ($Bound -and $Bound.Contains('Context') -and $Bound['Context'].SessionId) { $sessions = @([uint64] $Bound['Context'].SessionId) }
    $typed = $Word.Trim('"', "'")
    $names = foreach ($session in $sessions) { if ($script:PimKnownRoles.ContainsKey($session)) { Get-PimField $script:PimKnownRoles[$session] $Kind } }
    foreach ($name in @($names | Sort-Object -Unique)) {
        if ($name.IndexOf($typed, [System.StringComparison]::OrdinalIgnoreCase) -ge 0) { '"{0}"' -f $name }
    }
}
