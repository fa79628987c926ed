function Get-PIMDirectoryRoleAssignmentSetting {
    <#
    .SYNOPSIS
    Shows the policy of an Entra directory role.

    .DESCRIPTION
    What activation demands and for how long it may last, how long assignments may be, who approves, and who is notified, in
    one flat object. Lists are joined by commas. AllowPermanentEligibleAssignment and AllowPermanentActiveAssignment are the
    texts true and false.

    .PARAMETER roleName
    Name of the role; case does not matter.

    .PARAMETER roleId
    Id of the role definition.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.DirectoryRolePolicy

    .EXAMPLE
    PS> Get-PIMDirectoryRoleAssignmentSetting -roleName 'Global Reader'

    .EXAMPLE
    PS> (Get-PIMDirectoryRoleAssignmentSetting -roleId f2ef992c-3afb-46b9-b7cf-a126ee74c451).ActivationDuration

    .LINK
    Get-PIMDirectoryRoleEligibleAssignment
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.DirectoryRolePolicy')]
    param(
        [Parameter(Mandatory = $true, ParameterSetName = 'roleName')] [string] $roleName,
        [Parameter(Mandatory = $true, ParameterSetName = 'roleId')] [string] $roleId,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $request = if ($PSCmdlet.ParameterSetName -eq 'roleName') { @{ roleName = $roleName } } else { @{ roleId = $roleId } }
    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context
    $ends = @{
        OnDone    = {
            param($policy)
            ConvertTo-PimDirectoryPolicy $policy
        }
        OnFailure = {
            param($failure)
            $words = if ($roleName -and $failure.code -eq 'RoleNotFound') {
                "Role $roleName not found."
            } elseif ($failure.code -in 'RoleNotFound', 'PolicyNotFound') {
                "PIM assignment settings for $roleName$roleId role wasn't found?!"
            }
            $PSCmdlet.ThrowTerminatingError((New-PimErrorRecord -Failure $failure -Message $words))
        }
    }
    Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'directoryRole.policy' -Request $request @ends
}
