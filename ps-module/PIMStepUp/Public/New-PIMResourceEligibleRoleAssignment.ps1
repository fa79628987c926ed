function New-PIMResourceEligibleRoleAssignment {
    <#
    .SYNOPSIS
    Makes a principal eligible for an Azure role at a scope.

    .DESCRIPTION
    Sends one request and returns the service's answer to it: Id, Name, Status, PrincipalId, RoleDefinitionId, Scope, RequestType,
    StartDateTime, ExpirationType, ExpirationDuration, ExpirationEndDate and CreatedOn.

    .PARAMETER scope
    Path of a management group, subscription, resource group or resource.

    .PARAMETER principalId
    Object id of a user, group or service principal.

    .PARAMETER roleName
    Name of the role; case does not matter. Without a name or an id the user picks from a list.

    .PARAMETER roleDefinitionId
    Full id of the role definition, or its GUID.

    .PARAMETER justification
    Why the assignment is made.

    .PARAMETER startDateTime
    When the eligibility begins. Default: now.

    .PARAMETER duration
    How long it lasts, an ISO 8601 duration. Default: a year.

    .PARAMETER permanent
    Without an end; duration is ignored.

    .PARAMETER configurePIMSettings
    First changes the role's policy at the scope as far as this assignment needs it: allows eligibility without an end with
    permanent, else raises the maximum to duration. Nothing else in the policy is changed.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.ResourceEligibilityRequest

    .EXAMPLE
    PS> New-PIMResourceEligibleRoleAssignment -scope /subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1 -principalId 9a4e2d71-3c5b-4b8e-a1f6-7d2c8e5b9f66 -roleName Reader -justification 'Audit' -duration P30D

    .EXAMPLE
    PS> New-PIMResourceEligibleRoleAssignment -scope /subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1 -principalId 9a4e2d71-3c5b-4b8e-a1f6-7d2c8e5b9f66 -roleName Reader -permanent -WhatIf

    Checks scope, role and the role's policy; assigns nothing.

    .LINK
    Set-PIMResourceRoleAssignmentSetting
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', DefaultParameterSetName = 'roleName', PositionalBinding = $false)]
    [OutputType('PIMStepUp.ResourceEligibilityRequest')]
    param(
        [Parameter(Mandatory = $true)] [string] $scope,
        [Parameter(Mandatory = $true)] [string] $principalId,
        [Parameter(ParameterSetName = 'roleName')] [string] $roleName,
        [Parameter(Mandatory = $true, ParameterSetName = 'roleDefinitionId')] [string] $roleDefinitionId,
        [string] $justification,
        [datetime] $startDateTime = (Get-Date),
        [string] $duration = 'P365D',
        [switch] $permanent,
        [switch] $configurePIMSettings,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context -Service Arm
    $place = ConvertTo-PimScope $scope
    $role = New-PimRoleReference -Cmdlet $PSCmdlet -Session $session -Scope $place -Name $roleName -Id $roleDefinitionId -IdField roleDefinitionId
    $request = $role.Fields + @{
        principalId   = $principalId
        startDateTime = $startDateTime.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [System.Globalization.CultureInfo]::InvariantCulture)
    }
    if ($justification) { $request['justification'] = ConvertTo-PimScalarText $justification }
    if ($permanent) { $request['permanent'] = $true } else { $request['duration'] = $duration }

    $call = @{ Cmdlet = $PSCmdlet; Session = $session; Role = $role.Label }
    $changed = $false
    if ($configurePIMSettings -or $WhatIfPreference -or [string] $ConfirmPreference -in 'Low', 'Medium') {
        # Before anything is changed: an assignment that cannot succeed leaves the policy as it is.
        $missing = if ($configurePIMSettings) { @{ Change = @{} } }
        $null = Invoke-PimEligibilityCall @call -Request ($request + @{ plan = $true }) -Missing $missing
        if ($missing -and $missing.Change.Count -gt 0) { $changed = Set-PimPolicyForEligibility @call -Request $request -Change $missing.Change }
    }
    $length = if ($permanent) { 'without an end' } else { "for $duration" }
    if (-not $PSCmdlet.ShouldProcess("role '$($role.Label)' at scope '$place'", "make $principalId eligible $length from $($request['startDateTime'])")) { return }
    $assignment = Invoke-PimEligibilityCall @call -Request $request -PolicyIsChanged:$changed
    $assignment.PSObject.TypeNames.Insert(0, 'PIMStepUp.ResourceEligibilityRequest')
    $assignment
}
