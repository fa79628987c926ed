function Stop-PIMEmulator {
    <#
    .SYNOPSIS
    Stops an emulator that Start-PIMEmulator started.

    .DESCRIPTION
    The process ends, and with it everything that was activated in its tenant. Sessions that were connected to it remain and
    have to be ended with Disconnect-PIM.

    .PARAMETER Emulator
    The emulator to stop. Default: all that were started in this session.

    .EXAMPLE
    PS> $emulator | Stop-PIMEmulator

    .LINK
    Start-PIMEmulator
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
    [OutputType([void])]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true)] [PSTypeName('PIMStepUp.Emulator')] [psobject] $Emulator
    )

    process {
        $ids = @($script:PimEmulators.Keys)
        if ($Emulator) { $ids = @($Emulator.ProcessId) }
        foreach ($id in $ids) {
            if (-not $script:PimEmulators.ContainsKey($id)) { continue }
            if (-not $PSCmdlet.ShouldProcess("pim-emulator ($id)", 'Stop')) { continue }
            Close-PimEmulator -Id $id
        }
    }
}
