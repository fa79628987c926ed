function Start-PIMEmulator {
    <#
    .SYNOPSIS
    Starts a local Entra ID, Microsoft Graph and Azure Resource Manager to rehearse with.

    .DESCRIPTION
    The emulator runs on this machine only and knows a made-up tenant. Signing in, claims challenges, passkeys, role policies
    and activations behave as with the real services, so that a script can be tried without a tenant and without a network.
    It ends with Stop-PIMEmulator, when the module is removed, and when the shell ends.

    .PARAMETER Scenario
    A JSON file that describes the tenant. Default: Contoso, with users adele@contoso.example and megan@contoso.example.

    .PARAMETER Tls
    Serves https with a certificate made at the start. Connect-PIM trusts it for its session.

    .PARAMETER Timeout
    How long the emulator may take to be ready. Default: 30 seconds.

    .OUTPUTS
    PIMStepUp.Emulator

    Its Environments has, for each kind of machine that the tenant knows (virtualMachine, appService, arc, cloudShell, gitHub, azureDevOps), the
    environment variables by which a script would find out that it runs there.

    .EXAMPLE
    PS> $emulator = Start-PIMEmulator
    PS> Connect-PIM -Environment $emulator -Account adele@contoso.example

    Opens the emulator's sign-in page in the browser of this machine.

    .EXAMPLE
    PS> $emulator = Start-PIMEmulator -Tls
    PS> Connect-PIM $emulator -BrowserCommand $emulator.BrowserCommand
    PS> $emulator | Stop-PIMEmulator

    .LINK
    Stop-PIMEmulator
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
    [OutputType('PIMStepUp.Emulator')]
    param(
        [Parameter(Position = 0)] [ValidateNotNullOrEmpty()] [string] $Scenario,
        [switch] $Tls,
        [timespan] $Timeout = '00:00:30'
    )

    if (-not $PSCmdlet.ShouldProcess('pim-emulator', 'Start')) { return }
    $program = Get-PimBinary -Name Emulator
    if (-not [System.IO.File]::Exists($program)) {
        $PSCmdlet.ThrowTerminatingError((New-PimBinaryError "the module has no emulator for this platform: ``$program`` does not exist" $program))
    }
    $arguments = 'serve --attached'
    if ($Tls) { $arguments += ' --tls' }
    if ($Scenario) {
        $file = Resolve-PimFile -Cmdlet $PSCmdlet -Path $Scenario
        if (-not [System.IO.File]::Exists($file)) {
            $PSCmdlet.ThrowTerminatingError((New-PimErrorRecord @{
                        code = 'EmulatorFailed'; category = 'ObjectNotFound'; target = $file
                        message = "there is no scenario ``$file``"; hint = 'give the path of a JSON file, or leave -Scenario out'
                    }))
        }
        $arguments += ' --scenario "{0}"' -f $file.Replace('"', '\"')
    }

    Register-PimCleanup
    $process = Start-PimEmulatorProcess -Program $program -Arguments $arguments
    $ready = $null
    try {
        # In slices, so that Ctrl+C is heard.
        $line = $process.StandardOutput.ReadLineAsync()
        $until = [datetime]::UtcNow + $Timeout
        while (-not $line.Wait(100) -and [datetime]::UtcNow -lt $until) { }
        if ($line.IsCompleted -and $line.Result) { $ready = ConvertFrom-Json -InputObject $line.Result }
    } finally {
        if (-not $ready) { Stop-PimEmulatorProcess -Process $process }
    }
    if (-not $ready) {
        $PSCmdlet.ThrowTerminatingError((New-PimErrorRecord @{
                    code = 'EmulatorFailed'; category = 'ResourceUnavailable'; target = $program
                    message = ('the emulator did not become ready: {0}' -f (Get-PimEmulatorComplaint -Process $process)).TrimEnd(' :'.ToCharArray())
                    hint = "run ``$program $arguments`` to see why"
                }))
    }

    $cookies = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), "pim-emulator-$($process.Id)-$([guid]::NewGuid().ToString('N')).json")
    $script:PimEmulators[$process.Id] = @{ Process = $process; Profile = $cookies }
    $certificate = Get-PimField $ready 'certificateFile'
    $trust = if ($certificate) { '--trust', $certificate }
    [pscustomobject] @{
        PSTypeName      = 'PIMStepUp.Emulator'
        Login           = $ready.login
        Graph           = $ready.graph
        Arm             = $ready.arm
        Machine         = $ready.machine
        Control         = $ready.control
        TenantId        = $ready.tenantId
        Tenant          = $ready.tenant
        Users           = [string[]] @(foreach ($user in $ready.users) { $user.username })
        CertificateFile = $certificate
        BrowserCommand  = [string[]] (@($program, 'browse') + @($trust) + @('--profile', $cookies))
        Environments    = $ready.environments
        ProcessId       = $process.Id
    }
}
