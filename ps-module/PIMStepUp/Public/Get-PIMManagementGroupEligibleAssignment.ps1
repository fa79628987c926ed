function Get-PIMManagementGroupEligibleAssignment {
    <#
    .SYNOPSIS
    Lists who is eligible for Azure roles at management groups.

    .DESCRIPTION
    Only assignments made at the management groups themselves are listed. Each object has the properties of Azure Resource
    Manager's eligibility schedule; principal, roleDefinition and scope are objects with displayName, id and type. Policy is the
    role's policy at that scope, read once for each role and scope.

    .PARAMETER name
    Names (ids) of management groups. Default: all that the signed-in user can see.

    .PARAMETER skipAssignmentSettings
    Reads no policies; Policy is empty.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.ManagementGroupEligibility

    .EXAMPLE
    PS> Get-PIMManagementGroupEligibleAssignment -skipAssignmentSettings

    .LINK
    Get-PIMSubscriptionEligibleAssignment
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.ManagementGroupEligibility')]
    param(
        [Parameter(Position = 0)] [string[]] $name,
        [switch] $skipAssignmentSettings,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context -Service Arm
    $request = @{ policy = -not $skipAssignmentSettings }
    if ($name) { $request['names'] = $name }
    $list = @{
        OnOutputs = {
            param($eligibilities)
            Add-PimTypeName -Object $eligibilities -TypeName 'PIMStepUp.ManagementGroupEligibility'
        }
        OnDone    = {
            param($reply)
            Write-PimScopeFailure -Cmdlet $PSCmdlet -Reply $reply
        }
    }
    Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'managementGroup.eligibility' -Request $request @list
}
