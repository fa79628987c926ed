# Roles that are not activated, not found and not given.
[ordered] @{
    'roles'                     = {
        Invoke-PIMDirectoryRoleActivation 'User Administrator', 'License Administrator', 'Nobody', 'Privileged Authentication Administrator' 'x' -PassThru -NoPortal
        Invoke-PIMDirectoryRoleActivation 'Global Reader' 'x' -Duration 00:01:00 -PassThru -NoPortal
        Invoke-PIMDirectoryRoleActivation 'User Administrator' 'x' -PassThru -NoPortal
        Invoke-PIMDirectoryRoleActivation 'Global Reader', 'License Administrator' -PassThru -NoPortal
        Invoke-PIMResourceRoleActivation -RoleName Contributor -justification x -PassThru -NoPortal
        Invoke-PIMResourceRoleActivation -RoleName Reader -Scope 'Contoso Production' -PassThru -NoPortal
        Get-PIMDirectoryRoleAssignmentSetting -roleName 'Global Raeder'
        Get-PIMSubscriptionEligibleAssignment -id $nothing
        New-PIMResourceEligibleRoleAssignment -scope $production -principalId $nothing -roleName Reader -Confirm:$false
    }
    'activations that end'      = {
        $request = @{ service = 'graph'; method = 'POST'; pathContains = 'roleAssignmentScheduleRequests' }
        $role = @{ roleName = 'Reports Reader'; PassThru = $true; NoPortal = $true }
        Use-Fault ($request + @{ times = 9; status = 400; body = (Get-Refusal RoleAssignmentRequestPolicyValidationFailed 'The following policy rules failed: ["MfaRule"]') }) { Invoke-PIMDirectoryRoleActivation @role }
        Use-Fault ($request + @{ status = 400; body = (Get-Refusal RoleAssignmentRequestExists) }) { Invoke-PIMDirectoryRoleActivation @role }
        Use-Fault ($request + @{ cut = $true; afterHandling = $true }) {
            Use-Fault @{ service = 'graph'; method = 'GET'; pathContains = 'roleAssignmentScheduleRequests'; times = 50; status = 403; body = (Get-Refusal Denied) } { Invoke-PIMDirectoryRoleActivation 'Message Center Reader' x -PassThru -NoPortal }
        }
        Use-Fault ($request + @{ status = 201; body = @{ id = $nothing; status = 'Failed' } }) { Invoke-PIMDirectoryRoleActivation @role }
        Use-Fault ($request + @{ status = 201; body = @{ id = $nothing; status = 'Granted' } }) { Invoke-PIMDirectoryRoleActivation @role -waitAfterActivation 1 }
    }
    'an administrator'     = {
        Connect-PIM @user -BrowserCommand (Get-Browser patti@contoso.example)
        Get-PIMGroupEligibleAssignment -groupId $nothing
        $place = @{ scope = $production; roleName = 'Reader'; Confirm = $false }
        $whom = (Send-Control /scenario -Method Get).users[2].objectId
        Set-PIMResourceRoleAssignmentSetting @place -requireApproval $true -allowPermanentAssignment $true -MaximumEligibleDuration 1.00:00
        Set-PIMResourceRoleAssignmentSetting @place -allowPermanentAssignment $false -MaximumEligibleDuration 30.00:00:00
        New-PIMResourceEligibleRoleAssignment @place -principalId $whom
        New-PIMResourceEligibleRoleAssignment @place -principalId $whom -duration P1D
        New-PIMResourceEligibleRoleAssignment @place -principalId $whom -duration P1D
        New-PIMResourceEligibleRoleAssignment @place -principalId $nothing -duration P1D
        Use-Fault @{ service = 'arm'; pathContains = 'roleManagementPolicyAssignments'; status = 200; body = @{ value = @() } } { Get-PIMResourceRoleAssignmentSetting -scope $production -roleName Reader }
    }
}
