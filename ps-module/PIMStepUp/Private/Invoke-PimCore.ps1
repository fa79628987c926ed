function Read-PimEvent {
    # The next event of a call as an object, or nothing when the slice of time has passed.
    param($Native, [uint64] $Call, [uint32] $Milliseconds, [switch] $WithToken)

    $buffer = [System.IntPtr]::Zero
    $length = [uint32] 0
    $status = $Native::pim_call_next($Call, $Milliseconds, [ref] $buffer, [ref] $length)
    if ($status -eq 0) { return }
    if ($status -lt 0) {
        return [pscustomobject] @{ event = 'failed'; error = Get-PimStatusError $status }
    }
    try {
        $bytes = [byte[]]::new($length)
        [System.Runtime.InteropServices.Marshal]::Copy($buffer, $bytes, 0, [int] $length)
    } finally {
        $Native::pim_buffer_free($buffer, $length)
    }
    if (-not $WithToken) { return ConvertFrom-PimJson ([System.Text.Encoding]::UTF8.GetString($bytes)) }
    try {
        ConvertFrom-PimTokenJson @{ Text = [System.Text.Encoding]::UTF8.GetString($bytes) }
    } finally {
        [System.Array]::Clear($bytes, 0, $bytes.Length)
    }
}

function Read-PimAnswerAtHand {
    # The reply of an operation that needs no work, or nothing.
    param($Native, [uint64] $Session, [byte[]] $Operation, [byte[]] $Request, [switch] $WithToken)

    $reply = [byte[]]::new(16384)
    try {
        $length = $Native::pim_call_at_hand($Session, $Operation, $Operation.Length, $Request, $Request.Length, $reply, $reply.Length)
        if ($length -le 0) { return }
        $holder = @{ Text = [System.Text.Encoding]::UTF8.GetString($reply, 0, $length) }
        if ($WithToken) { return ConvertFrom-PimTokenJson $holder }
        ConvertFrom-PimJson $holder.Text
    } finally {
        [System.Array]::Clear($reply, 0, $reply.Length)
    }
}

function ConvertFrom-PimTokenJson {
    # A token is taken out before any command is given the text: module logging writes down what commands are given, of a dictionary only
    # that it is one.
    param([hashtable] $Holder)

    $text, $secret = $Holder.Text, $null
    $match = [regex]::Match($text, '"accessToken"\s*:\s*"([^"\\]*(?:\\.[^"\\]*)*)"')
    if ($match.Success) {
        $token = $match.Groups[1].Value
        if ($token.IndexOf('\') -ge 0) { $token = [regex]::Unescape($token) }
        # Copies the text as a whole; a loop over its characters would take most of the command's time.
        $secret = [System.Net.NetworkCredential]::new('', $token).SecurePassword
        $secret.MakeReadOnly()
        $text = $text.Remove($match.Groups[1].Index, $match.Groups[1].Length)
    }
    $parsed = ConvertFrom-PimJson $text
    if ($secret) {
        # In the event of a call, or in the reply itself.
        $reply = if ($null -ne $parsed.event) { $parsed.value } else { $parsed }
        $reply.accessToken = $secret
    }
    $parsed
}

function ConvertFrom-PimJson {
    param([string] $Text)

    try {
        ConvertFrom-Json -InputObject $Text -ErrorAction Stop
    } catch {
        # Names that differ in case alone do not fit in an object; a dictionary takes them, where the shell can make one.
        $command = Get-Command -Name ConvertFrom-Json -CommandType Cmdlet
        if (-not $command.Parameters.ContainsKey('AsHashtable')) { throw }
        $parsed = ConvertFrom-Json -InputObject $Text -AsHashtable -ErrorAction Stop
        # Results that come in the same event with such a one are objects all the same.
        if ($parsed['event'] -eq 'output') { $parsed['values'] = @(foreach ($value in $parsed['values']) { , (ConvertFrom-PimTable $value) }) }
        $parsed
    }
}

function Test-PimTable {
    # Whether all names in it fit in objects.
    param($Value)

    if ($Value -is [System.Collections.IDictionary]) {
        $names = @{}
        foreach ($name in $Value.Keys) {
            if ($name -eq '' -or $names.ContainsKey($name)) { return $false }
            $names[$name] = $true
        }
        $Value = $Value.Values
    } elseif ($Value -isnot [System.Collections.IList]) { return $true }
    foreach ($item in $Value) { if (-not (Test-PimTable $item)) { return $false } }
    $true
}

function ConvertFrom-PimTable {
    # An object instead of dictionaries, if all names fit in it.
    param($Value, [switch] $Fits)

    if (-not $Fits -and -not (Test-PimTable $Value)) { return $Value }
    if ($Value -is [System.Collections.IList]) { return , @(foreach ($item in $Value) { , (ConvertFrom-PimTable $item -Fits) }) }
    if ($Value -isnot [System.Collections.IDictionary]) { return $Value }
    $object = [pscustomobject] @{}
    foreach ($name in $Value.Keys) { $object.PSObject.Properties.Add([psnoteproperty]::new($name, (ConvertFrom-PimTable $Value[$name] -Fits))) }
    $object
}

function Get-PimStatusError {
    param([int] $Status)

    $known = @{
        -2 = 'SignInRequired', 'AuthenticationError', 'the context is disconnected', 'sign in again with `Connect-PIM`'
        -6 = 'Internal', 'NotSpecified', 'the call had ended already', 'report this together with the output of -Debug'
        -7 = 'InvalidRequest', 'InvalidArgument', 'the request is too long for the library', 'send less in one request'
    }
    $code, $category, $message, $hint = $known[$Status]
    if (-not $code) {
        $code, $category, $message, $hint = 'Internal', 'NotSpecified', "the library answered with status $Status", 'report this together with the output of -Debug'
    }
    @{ code = $code; category = $category; message = $message; hint = $hint; status = $Status }
}

function Show-PimPrompt {
    # Host messages, not verbose ones: without them the user does not know what the command waits for.
    param($Prompt)

    $message = [string] (Get-PimField $Prompt 'message')
    if ($message) { Write-Host $message }
    $url = [string] (Get-PimField $Prompt 'url')
    if ($url -and -not (Get-PimField $Prompt 'opened' $false)) { Write-Host $url }
}

function Invoke-PimCore {
    # Runs one operation. Events go to the streams as they come, each output to $OnOutput, the reply to $OnDone;
    # without these two the reply is the result. $OnOutputs gets all outputs of an event as an array instead: a call for each
    # row would be much of the time that a long list takes. Names begin with core because the script blocks see this scope.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        [uint64] $Session,
        [string] $Operation,
        [System.Collections.IDictionary] $Request = @{},
        [scriptblock] $OnOutput,
        [scriptblock] $OnOutputs,
        [scriptblock] $OnDone,
        [scriptblock] $OnFailure,
        [string[]] $SilentWarning = @()
    )

    $coreNative = Get-PimNative -Cmdlet $Cmdlet
    $coreName = [System.Text.Encoding]::UTF8.GetBytes($Operation)
    $coreText = [System.Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $Request -Depth 100 -Compress))
    $coreHasToken = $Operation -eq 'token.acquire'
    if ($coreHasToken -or $Operation -eq 'session.show') {
        $coreReply = Read-PimAnswerAtHand -Native $coreNative -Session $Session -Operation $coreName -Request $coreText -WithToken:$coreHasToken
        if ($null -ne $coreReply) {
            if ($OnDone) { return & $OnDone $coreReply }
            return $coreReply
        }
    }
    $coreCall = [uint64] 0
    $coreStatus = $coreNative::pim_call_start($Session, $coreName, $coreName.Length, $coreText, $coreText.Length, [ref] $coreCall)
    if ($coreStatus -ne 0) {
        $coreError = Get-PimStatusError $coreStatus
        if ($OnFailure) { return & $OnFailure $coreError }
        $Cmdlet.ThrowTerminatingError((New-PimErrorRecord $coreError))
    }

    $coreActivities = @{}
    $corePaste = $null
    $corePrompt = $null
    $coreEnded = $false
    try {
        while ($true) {
            if ($corePaste -and (Read-PimPaste -Native $coreNative -Call $coreCall -Paste $corePaste)) {
                Clear-PimPaste $corePaste
                $corePaste = $null
            }
            $coreEvent = Read-PimEvent -Native $coreNative -Call $coreCall -Milliseconds 100 -WithToken:$coreHasToken
            if ($null -eq $coreEvent) { continue }
            switch ($coreEvent.event) {
                'verbose' { Write-Verbose $coreEvent.message }
                'debug' { Write-Debug $coreEvent.message }
                'warning' {
                    if ($SilentWarning -notcontains (Get-PimField $coreEvent 'code')) { Write-Warning $coreEvent.message }
                }
                'progress' { Write-PimProgress -Progress $coreEvent -Open $coreActivities }
                'prompt' {
                    $corePrompt = $coreEvent
                    Show-PimPrompt -Prompt $coreEvent
                }
                'ask' {
                    if ($coreEvent.question.kind -eq 'redirectUrl' -and (Test-PimInteractive)) {
                        # Where no key can be read the question stays open: the browser may still come by itself.
                        $corePaste = New-PimPaste -Question $coreEvent -Prompt $corePrompt
                    } else {
                        Send-PimAnswer -Native $coreNative -Call $coreCall -Question $coreEvent
                    }
                }
                'withdrawn' {
                    if ($corePaste -and $corePaste.Id -eq $coreEvent.id) {
                        Clear-PimPaste $corePaste
                        $corePaste = $null
                    }
                }
                'output' {
                    if ($OnOutputs) { & $OnOutputs $coreEvent.values }
                    if ($OnOutput) { foreach ($coreValue in $coreEvent.values) { & $OnOutput $coreValue } }
                }
                'done' {
                    $coreEnded = $true
                    if ($OnDone) { & $OnDone $coreEvent.value } elseif (-not $OnOutput -and -not $OnOutputs) { $coreEvent.value }
                    return
                }
                'failed' {
                    $coreEnded = $true
                    if ($OnFailure) {
                        & $OnFailure $coreEvent.error
                        return
                    }
                    $Cmdlet.ThrowTerminatingError((New-PimErrorRecord $coreEvent.error))
                }
            }
        }
    } finally {
        # Also reached by Ctrl+C, and when a later command of the pipeline has had enough.
        if ($corePaste) { Clear-PimPaste $corePaste }
        $null = $coreNative::pim_call_cancel($coreCall)
        if (-not $coreEnded) { Show-PimBegunWrite -Native $coreNative -Call $coreCall }
        $null = $coreNative::pim_call_free($coreCall)
    }
}

function Show-PimBegunWrite {
    # Which writes of a call that was interrupted may have been done. Commands that write to streams fail by then; the host itself does not.
    param($Native, [uint64] $Call)

    for ($slice = 0; $slice -lt 10; $slice++) {
        $next = Read-PimEvent -Native $Native -Call $Call -Milliseconds 100
        if ($null -eq $next -or $next.event -notin 'done', 'failed') { continue }
        if ($next.event -eq 'done') { return }
        foreach ($write in @(Get-PimField $next.error 'writes' @())) {
            if ($write.state -eq 'notSent') { continue }
            $words = if ($write.state -eq 'sent') { 'had been sent, and may have been done' } else { 'had been answered' }
            $Host.UI.WriteWarningLine("interrupted: ``$($write.target)`` $words")
        }
        return
    }
}

function Write-PimProgress {
    param($Progress, [hashtable] $Open)

    $activity = [string] $Progress.activity
    if (-not $Open.ContainsKey($activity)) { $Open[$activity] = $Open.Count + 1 }
    $status = [string] (Get-PimField $Progress 'status')
    if (-not $status) { $status = ' ' }
    $percent = [int] (Get-PimField $Progress 'percent' -1)
    Write-Progress -Id $Open[$activity] -Activity $activity -Status $status -PercentComplete $percent -Completed:([bool] (Get-PimField $Progress 'completed' $false))
}

function Send-PimAnswer {
    # A question that this version does not know is answered with null, so that the call does not wait for ever.
    param($Native, [uint64] $Call, $Question)

    $answer = [System.Text.Encoding]::UTF8.GetBytes('{"id":' + $Question.id + ',"answer":' + (Get-PimHostAnswer $Question.question) + '}')
    try {
        $null = $Native::pim_call_reply($Call, $answer, $answer.Length)
    } finally {
        [System.Array]::Clear($answer, 0, $answer.Length)
    }
}
