function ConvertTo-PimDirectoryActivation {
    # The service's answer as the dictionary that scripts know, and what is ours beside it.
    param($Result)

    $activation = ConvertTo-PimHashtable (Get-PimField $Result 'raw')
    if ($activation -isnot [hashtable]) { $activation = @{} }
    $activation['RoleName'] = $Result.roleName
    $activation['ScopeName'] = Get-PimField $Result 'scopeName'
    $activation['ActivationStatus'] = $Result.status
    $activation['Duration'] = Get-PimField $Result 'duration'
    $activation['StartDateTime'] = ConvertTo-PimTime (Get-PimField $Result 'startDateTime')
    $activation['EndDateTime'] = ConvertTo-PimTime (Get-PimField $Result 'endDateTime')
    $activation['AuthenticationContexts'] = [string[]] @((Get-PimField $Result 'authenticationContexts' @()))
    $activation['SteppedUp'] = $Result.steppedUp
    $activation.PSObject.TypeNames.Insert(0, 'PIMStepUp.DirectoryActivation')
    $activation
}

function ConvertTo-PimResourceActivation {
    param($Result)

    $inner = Get-PimField (Get-PimField $Result 'raw') 'properties'
    [pscustomobject] @{
        PSTypeName             = 'PIMStepUp.ResourceActivation'
        RoleName               = $Result.roleName
        ScopeId                = $Result.scope
        Status                 = Get-PimField $Result 'serviceStatus'
        RequestId              = Get-PimField $Result 'requestId'
        RequestType            = Get-PimField $inner 'requestType' 'SelfActivate'
        Duration               = Get-PimField $Result 'duration'
        ScopeName              = Get-PimField $Result 'scopeName'
        ActivationStatus       = $Result.status
        StartDateTime          = ConvertTo-PimTime (Get-PimField $Result 'startDateTime')
        EndDateTime            = ConvertTo-PimTime (Get-PimField $Result 'endDateTime')
        AuthenticationContexts = [string[]] @((Get-PimField $Result 'authenticationContexts' @()))
        SteppedUp              = $Result.steppedUp
    }
}

function ConvertTo-PimActivationResult {
    param($Result)

    $policy = Get-PimField $Result 'policy'
    [pscustomobject] @{
        PSTypeName             = 'PIMStepUp.ActivationResult'
        Kind                   = $Result.kind
        RoleName               = $Result.roleName
        RoleDefinitionId       = $Result.roleDefinitionId
        ScopeId                = $Result.scope
        ScopeName              = Get-PimField $Result 'scopeName'
        ScopeType              = $Result.scopeType
        ActivationStatus       = $Result.status
        ServiceStatus          = Get-PimField $Result 'serviceStatus'
        RequestId              = Get-PimField $Result 'requestId'
        RequestedDuration      = ConvertTo-PimTimeSpan (Get-PimField $Result 'requestedDuration')
        Duration               = ConvertTo-PimTimeSpan (Get-PimField $Result 'duration')
        DurationClamped        = $Result.durationClamped
        StartDateTime          = ConvertTo-PimTime (Get-PimField $Result 'startDateTime')
        EndDateTime            = ConvertTo-PimTime (Get-PimField $Result 'endDateTime')
        AuthenticationContexts = [string[]] @((Get-PimField $Result 'authenticationContexts' @()))
        SteppedUp              = $Result.steppedUp
        SufficientRole         = Get-PimField $Result 'sufficientRole'
        Policy                 = if ($policy) {
            [pscustomobject] @{
                PSTypeName            = 'PIMStepUp.ActivationPolicy'
                MaximumDuration       = ConvertTo-PimTimeSpan (Get-PimField $policy 'maximumDuration')
                JustificationRequired = $policy.justificationRequired
                TicketRequired        = $policy.ticketRequired
                MfaRequired           = $policy.mfaRequired
                ApprovalRequired      = $policy.approvalRequired
                AuthenticationContext = Get-PimField $policy 'authenticationContext'
            }
        }
        Error                  = Get-PimField $Result 'error'
        Raw                    = Get-PimField $Result 'raw'
    }
}
