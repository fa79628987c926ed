function Get-PIMSubscriptionEligibleAssignment {
    <#
    .SYNOPSIS
    Lists who is eligible for Azure roles in subscriptions.

    .DESCRIPTION
    Covers the subscriptions and the resource groups and resources in them. What is inherited from management groups or comes
    through a group's membership is left out. Each object has names, kinds and ids of principal, role and scope, Status,
    createdOn, startDateTime, endDateTime (the text permanent if there is no end), updatedOn, memberType and id.

    .PARAMETER id
    Ids of subscriptions. Default: all enabled ones that the signed-in user can see.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.SubscriptionEligibility

    .EXAMPLE
    PS> Get-PIMSubscriptionEligibleAssignment | Where-Object RoleName -eq 'Owner'

    .EXAMPLE
    PS> Get-PIMSubscriptionEligibleAssignment -id 6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1

    .LINK
    Get-PIMManagementGroupEligibleAssignment
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('PIMStepUp.SubscriptionEligibility')]
    param(
        [Parameter(Position = 0)] [string[]] $id,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context -Service Arm
    $request = if ($id) { @{ ids = $id } } else { @{} }
    $list = @{
        OnOutputs = {
            param($eligibilities)
            Add-PimTypeName -Object $eligibilities -TypeName 'PIMStepUp.SubscriptionEligibility'
        }
        OnDone    = {
            param($reply)
            Write-PimScopeFailure -Cmdlet $PSCmdlet -Reply $reply
        }
    }
    Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'subscription.eligibility' -Request $request @list
}
