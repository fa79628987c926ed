@{
    RootModule           = 'PIMStepUp.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = 'd0a3cc98-bf9f-45e9-b987-dcf2c794c705'
    Author               = 'PIMStepUp contributors'
    Copyright            = '(c) PIMStepUp contributors. MIT License.'
    Description          = 'Activates privileged roles of Microsoft Entra ID and Azure, satisfying claims challenges (authentication context, passkey) on the way, and gets tokens that satisfy them for any API.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FormatsToProcess     = @('Formats/PIMStepUp.Format.ps1xml')
    FunctionsToExport    = @(
        'Clear-PIMCache'
        'Connect-PIM'
        'Disconnect-PIM'
        'Get-PIMAccessToken'
        'Get-PIMAccountEligibleMemberOf'
        'Get-PIMAuthenticationContext'
        'Get-PIMClaimsChallenge'
        'Get-PIMContext'
        'Get-PIMDirectoryRoleAssignmentSetting'
        'Get-PIMDirectoryRoleEligibleAssignment'
        'Get-PIMGraphTokenWithClaim'
        'Get-PIMGroup'
        'Get-PIMGroupEligibleAssignment'
        'Get-PIMManagementGroupEligibleAssignment'
        'Get-PIMMyActiveDirectoryRole'
        'Get-PIMMyActiveResourceRole'
        'Get-PIMMyEligibleDirectoryRole'
        'Get-PIMMyEligibleResourceRole'
        'Get-PIMResourceRoleAssignmentSetting'
        'Get-PIMSubscriptionEligibleAssignment'
        'Get-PIMSupportedGroup'
        'Invoke-PIMDirectoryRoleActivation'
        'Invoke-PIMResourceRoleActivation'
        'Invoke-PIMRestMethod'
        'New-PIMResourceEligibleRoleAssignment'
        'Set-PIMResourceRoleAssignmentSetting'
        'Start-PIMEmulator'
        'Stop-PIMEmulator'
    )
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @('Activate-PIMDirectoryRole', 'Activate-PIMResourceRole', 'Get-AzureAccountEligibleMemberOf', 'ipdr', 'iprr')
    PrivateData          = @{
        PSData = @{
            Tags       = @('PIM', 'Entra', 'Azure', 'ConditionalAccess', 'AuthenticationContext', 'ClaimsChallenge', 'Passkey', 'StepUp', 'PSEdition_Desktop', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
