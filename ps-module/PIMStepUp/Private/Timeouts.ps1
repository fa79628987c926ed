# How long each stage may take: the parameters of Connect-PIM, and the library's names for them.
$script:PimTimeouts = @{
    ConnectTimeout = 'connectSeconds'; RequestTimeout = 'requestSeconds'; SignInTimeout = 'signInSeconds'
    ThrottleTimeout = 'throttleSeconds'; IdentityTimeout = 'identitySeconds'; ProgramTimeout = 'programSeconds'
}

function Get-PimTimeoutConfiguration {
    # The time limits that the caller named, in whole seconds.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Bound)

    $limits = @{}
    foreach ($name in $script:PimTimeouts.Keys) {
        if (-not $Bound.ContainsKey($name)) { continue }
        $limit = [timespan] $Bound[$name]
        # Not to wait at all for a service that asks for it is a choice.
        $fits = $limit.TotalSeconds -ge 1 -or ($name -eq 'ThrottleTimeout' -and $limit -eq [timespan]::Zero)
        if (-not $fits -or $limit.TotalDays -gt 1) {
            $Cmdlet.ThrowTerminatingError((New-PimErrorRecord -Target $name -Failure @{
                        code = 'InvalidConfiguration'; category = 'InvalidArgument'; message = "-$name is $limit, and a time limit is between a second and a day"
                        hint = "write ``-$name 00:00:30`` for thirty seconds; a number alone counts ticks of a ten-millionth of a second"
                    }))
        }
        $limits[$script:PimTimeouts[$name]] = [long] [System.Math]::Ceiling($limit.TotalSeconds)
    }
    $limits
}
