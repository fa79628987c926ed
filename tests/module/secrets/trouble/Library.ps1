# Calls that are broken off, and what lies around the library.
[ordered] @{
    'a stopped sign-in'           = {
        # Stopped while the code is on its way to the token service.
        Send-Control /faults @{ service = 'login'; pathContains = '/token'; delayMs = 60000 }
        $shell = Start-Shell { Connect-PIM -Environment $emulator -BrowserCommand $browser } @{ browser = Get-Browser }
        $null = Wait-Until { -not (Send-Control /faults -Method Get) }
        Complete-Shell $shell -Stop
    }
    'cancelled calls'             = {
        # Whoever stops a pipeline is told nothing of the call any more, so these are cancelled as soon as they have to wait.
        & $module {
            $script:PimRead = ${function:Read-PimEvent}
            function script:Read-PimEvent {
                param($Native, [uint64] $Call, [uint32] $Milliseconds, [switch] $WithToken)
                $next = & $script:PimRead @PSBoundParameters
                if ($null -eq $next) { $null = $Native::pim_call_cancel($Call) }
                $next
            }
        }
        Connect-PIM @user -NoBrowser
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; delayMs = 60000 } { Invoke-PIMRestMethod /v1.0/fault -Context $script:first }
        Use-Fault @{ service = 'graph'; method = 'POST'; pathContains = 'roleAssignmentScheduleRequests'; delayMs = 60000 } { Invoke-PIMDirectoryRoleActivation 'Reports Reader' -PassThru -NoPortal -Context $script:first }
        & $module { ${function:script:Read-PimEvent} = $script:PimRead }
    }
    'calls that no command makes' = {
        & $module {
            [CmdletBinding()] param($Session, $Token)
            Invoke-PimCore -Cmdlet $PSCmdlet -Session $Session -Operation token.show -Request @{ accessToken = $Token }
        } $script:first.SessionId (Get-PIMAccessToken -Context $script:first -AsPlainText)
        # The only fault of the library that can be had from here; rust/ffi/src/tests/panics.rs makes it panic with a secret in the text.
        & $module {
            [CmdletBinding()] param($Session)
            $native, $call, $name = (Get-PimNative -Cmdlet $PSCmdlet), [uint64] 0, [System.Text.Encoding]::UTF8.GetBytes('session.show')
            $null = $native::pim_call_start($Session, $name, $name.Length, [byte[]] @(), 0, [ref] $call)
            do { $last = Read-PimEvent -Native $native -Call $call -Milliseconds 100 } until ($last -and $last.event -in 'done', 'failed')
            $beyond = Read-PimEvent -Native $native -Call $call -Milliseconds 100
            $null = $native::pim_call_free($call)
            $PSCmdlet.ThrowTerminatingError((New-PimErrorRecord $beyond.error))
        } $script:first.SessionId
    }
    'a package without a library' = {
        $bare = Join-Path $Folder PIMStepUp
        $null = New-Item -ItemType Directory $bare
        Get-ChildItem (Split-Path $Manifest) -Exclude bin | Copy-Item -Destination $bare -Recurse
        Complete-Shell (Start-Shell { Connect-PIM @application -ClientSecret $secret } @{ application = $application; secret = Use-Secret $secrets.Good } -From (Join-Path $bare PIMStepUp.psd1))
    }
    'the emulator'                = {
        # A secret in the wrong place.
        $scenario.applications[0].secrets = @($secrets.Good)
        Set-Content (Join-Path $Folder spoilt.json) (ConvertTo-Json $scenario -Depth 50)
        Start-PIMEmulator -Scenario (Join-Path $Folder spoilt.json)
    }
    'the end'                     = {
        $context = Get-PIMContext
        Disconnect-PIM
        Get-PIMAccessToken -Context $context
        Get-PIMMyEligibleDirectoryRole
    }
}
