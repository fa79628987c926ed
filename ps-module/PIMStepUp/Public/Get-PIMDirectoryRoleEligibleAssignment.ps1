function Get-PIMDirectoryRoleEligibleAssignment {
    <#
    .SYNOPSIS
    Lists who is eligible for Entra directory roles.

    .DESCRIPTION
    Each object has the properties of Microsoft Graph's eligibility (id, principalId, roleDefinitionId, directoryScopeId,
    memberType, startDateTime, endDateTime, roleDefinition, principal and so on), PrincipalName and RoleName, and the role's
    policy as Get-PIMDirectoryRoleAssignmentSetting shows it. Each policy is read once. Objects come page by page.

    .PARAMETER skipAssignmentSettings
    Reads no policies; the objects have no Policy.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.DirectoryRoleEligibility

    .EXAMPLE
    PS> Get-PIMDirectoryRoleEligibleAssignment -skipAssignmentSettings

    .EXAMPLE
    PS> Get-PIMDirectoryRoleEligibleAssignment | Where-Object { -not $_.Policy.AuthenticationContext_Enabled }

    Eligible assignments of roles that need no authentication context.

    .LINK
    Get-PIMDirectoryRoleAssignmentSetting
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.DirectoryRoleEligibility')]
    param(
        [switch] $skipAssignmentSettings,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context
    $request = @{ policy = -not $skipAssignmentSettings; compact = $true }
    $seen = @{}
    Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'directoryRole.eligibility' -Request $request -OnOutputs {
        param($eligibilities)
        ConvertTo-PimDirectoryEligibility -Eligibility $eligibilities -Seen $seen -WithPolicy:(-not $skipAssignmentSettings)
    }
}
