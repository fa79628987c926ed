function Get-PIMAuthenticationContext {
    <#
    .SYNOPSIS
    Lists the authentication contexts of the tenant: what `c1` is called there.

    .DESCRIPTION
    Claims challenges and role policies name an authentication context by its id, c1 to c99. This command tells the display
    name and description that the tenant's administrators gave it.

    .PARAMETER Id
    Ids to show. Default: all.

    .PARAMETER Context
    The session to use. Default: the one that Connect-PIM made last.

    .OUTPUTS
    PIMStepUp.AuthenticationContext

    .EXAMPLE
    PS> Get-PIMAuthenticationContext -Id c1

    .EXAMPLE
    PS> $failure | Get-PIMClaimsChallenge | Get-PIMAuthenticationContext

    Tells in words what a service asked for.

    .LINK
    Get-PIMClaimsChallenge
    #>
    [CmdletBinding()]
    [OutputType('PIMStepUp.AuthenticationContext')]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName = $true)] [Alias('AuthenticationContexts')] [string[]] $Id,
        [ValidateNotNull()] [PSTypeName('PIMStepUp.Context')] [psobject] $Context
    )

    process {
        $session = Get-PimSession -Cmdlet $PSCmdlet -Context $Context
        Invoke-PimCore -Cmdlet $PSCmdlet -Session $session -Operation 'authenticationContext.list' -OnOutput {
            param($value)
            if ($Id -and $Id -notcontains $value.id) { return }
            [pscustomobject] @{
                PSTypeName  = 'PIMStepUp.AuthenticationContext'
                Id          = $value.id
                DisplayName = Get-PimField $value 'displayName'
                Description = Get-PimField $value 'description'
                IsAvailable = Get-PimField $value 'isAvailable'
            }
        }
    }
}
