# The address at which a browser on another computer ended, as the user pastes it into the console. It holds a code that is a secret:
# it is not echoed, no command is given it, and what it was kept in is wiped.

# Longer than any address; what goes beyond is dropped, and the rest refused as too long.
$script:PimLongestPaste = 131072

function Test-PimConsole {
    # Whether keys can be read one by one. The look at them also turns the terminal's own echo off, so it comes before the invitation.
    if ([System.Console]::IsInputRedirected) { return $false }
    try { $null = [System.Console]::KeyAvailable } catch { return $false }
    $true
}

function New-PimPaste {
    # What collects the line for a question of the core; nothing where no key can be read. Where a browser was opened, perhaps unseen (X over
    # SSH, WSL), the address of its page is shown now.
    param($Question, $Prompt)

    if (-not (Test-PimConsole)) { return }
    if (Get-PimField $Prompt 'opened' $false) { Write-Host ([string] (Get-PimField $Prompt 'url')) }
    Write-Host ([string] $Question.question.message)
    @{ Id = [uint64] $Question.id; Line = [byte[]]::new($script:PimLongestPaste); Length = 0 }
}

function Read-PimPaste {
    # Takes the keys that were pressed by now, and answers the question at Enter. True when it is answered.
    param($Native, [uint64] $Call, [hashtable] $Paste)

    while ([System.Console]::KeyAvailable) {
        $key = [System.Console]::ReadKey($true)
        if ($key.Key -eq [System.ConsoleKey]::Enter) {
            # A terminal that marks what is pasted puts `[201~` behind it.
            $mark = $Paste.Length - 5
            if ($mark -ge 0 -and $Paste.Line[$mark] -eq 91 -and $Paste.Line[$mark + 4] -eq 126) { $Paste.Length = $mark }
            if ($Paste.Length -eq 0) { continue }
            Write-Host ('Received {0} characters.' -f $Paste.Length)
            Send-PimPaste -Native $Native -Call $Call -Paste $Paste
            return $true
        }
        if ($key.Key -eq [System.ConsoleKey]::Backspace) {
            if ($Paste.Length -gt 0) { $Paste.Length-- }
            continue
        }
        $code = [int] $key.KeyChar
        if ($code -lt 32 -or $code -eq 127 -or $Paste.Length -ge $Paste.Line.Length) { continue }
        # Addresses are ASCII. What is not may be the quotation mark of a chat or a mail around one, and is taken for one: in the middle it
        # stays wrong.
        $Paste.Line[$Paste.Length] = if ($code -lt 127) { $code } else { 34 }
        $Paste.Length++
    }
    $false
}

function Send-PimPaste {
    # As a JSON string, made of bytes: a text could not be wiped.
    param($Native, [uint64] $Call, [hashtable] $Paste)

    $head = [System.Text.Encoding]::ASCII.GetBytes('{"id":' + $Paste.Id + ',"answer":"')
    $answer = [byte[]]::new($head.Length + 2 * $Paste.Length + 2)
    try {
        [System.Array]::Copy($head, $answer, $head.Length)
        $end = $head.Length
        for ($index = 0; $index -lt $Paste.Length; $index++) {
            # A quotation mark or a backslash.
            if ($Paste.Line[$index] -in 34, 92) { $answer[$end++] = 92 }
            $answer[$end++] = $Paste.Line[$index]
        }
        $answer[$end++] = 34
        $answer[$end++] = 125
        $null = $Native::pim_call_reply($Call, $answer, $end)
    } finally {
        [System.Array]::Clear($answer, 0, $answer.Length)
    }
}

function Clear-PimPaste {
    # Keys that are left belong to an address that nobody waits for any more: the prompt must neither show nor keep them.
    param([hashtable] $Paste)

    [System.Array]::Clear($Paste.Line, 0, $Paste.Line.Length)
    try {
        while ([System.Console]::KeyAvailable) { $null = [System.Console]::ReadKey($true) }
    } catch {
        # No console any more, and so no key.
        return
    }
}
