# What AzurePIMStuff 0.0.4 did wrong, what of it has to stay, and where each is tested. Functions are numbered in the order of the alphabet, as in
# docs/migrating-from-azurepimstuff.md; the defects 1 to 22 are the damaging ones, `f.n` is defect n of function f. Other tests name
# these numbers in brackets. A test is named by the beginning of its name; one in Rust by its function.
BeforeDiscovery {
    $table = @'
No|Defect|File|Test
1|15, 4: a stronger sign-in died where the global $_tenantId was unset|Activation|signs in once for ten roles, and repeats each request once (defect 1
1|the same in function 4|Token|works where the global $_tenantId is unset (defect 1)
2|15: exactly one active schedule broke the check for active roles|Activation|reports a role that is active as a warning, with one active schedule (defect 2)
3|16: @('Owner','Contributor') was refused|ResourceActivation|takes any list of names (defect 3)
4|15: a role that is eligible at two scopes made a malformed request|Activation|asks which scope is meant, and takes it (defect 4)
4|16: the same for a role that is eligible directly and through a group|BadInput|is one role where it is eligible twice at one scope
5|16: the own id was looked up by name, and null for guests|ResourceActivation|sends the object id of the token as principal (defect 5)
6|15: 0 hours sent no duration, and the scope was always /|Activation|sends 30 minutes for 0 hours, and the scope of the eligibility (defect 6)
7|15: the pick list came back for ever without a grid view|Interaction|is not shown by a host that cannot ask (defect 7)
7|15: and when it was cancelled|Interaction|activates nothing when it is left without an answer (defect 7)
8|18: what was not named was reset|Policies|changes only what is named, and keeps what else the rule demands (defect 8)
8|18: the defaults contradicted themselves|Policies|demands the id of a context (defect 8)
8|18: a change of approval alone was told as none|Policies|reports a change of approval alone, and takes users and groups (defect 8)
8|18: there was no -WhatIf|Policies|shows before and after with -WhatIf, and changes nothing (defect 8)
9|17: the object of function 18 came out too, and an id led to another role's policy|Policies|emits one object with -configurePIMSettings
10|1: an owner counted as member|Groups|does not take an owner for a member (defect 10)
10|1: circles never ended|Groups|ends at circles, and lists each group once (defect 10)
10|1: results were nested and repeated|Groups|gives a flat list with permanent membership (defect 10)
11|7: it needed a command that does not exist|Eligibility|finds the management groups by itself (defect 11)
12|9, 11: the first page was all|Roles|are read to their end (defect 12
12|9, 11: Azure's error was lost|Roles|surface the service's own error (defect 12)
13|12: nothing found was $null without an error|Policies|is an error where there is no policy, not a lone $null (defect 13)
14|4: claims that are no JSON were not refused, base64 was not understood|Token|refuses claims that are no JSON, and takes base64 (defect 14)
15|only claims= in a message was found|rust/core/tests/role_activation.rs|every_form_of_the_challenge_is_understood
15|a challenge in a header, as continuous access evaluation sends it|rust/core/tests/rest_invoke.rs|a_challenge_in_the_header_of_a_read_is_satisfied
15|capabilities of the client were not merged into the claims|rust/core/tests/claims/requests.rs|the_capability_is_declared_once
16|15: approval was not told apart|Activation|tells that a role waits for approval, and outputs the request (defect 16)
16|15: a role that exists was an error like any other|rust/core/tests/http_faults.rs|refusals_of_a_write_are_results_with_their_reason
17|16: the duration was not shortened|ResourceActivation|shortens a duration above the policy's maximum (defect 17)
18|6: Policy became an array|Groups|has one policy for each row, however many share it (defect 18)
19|failures in a batch were repeated without end|rust/core/tests/scope_eligibility/batches.rs|asking_again_is_bounded
19|and ignored -ErrorAction|Eligibility|tells which management group is not found and what is near
19|a list with a part missing passed for whole|Groups|ends at a group that cannot be read, because a part is no list (defect 19)
20|3: policies were read for each row|Eligibility|reads policies once for each role (defect 20)
20|7: the same|rust/core/tests/scope_eligibility/management_groups.rs|policies_are_read_once_for_a_role_and_group_over_all_pages
21|quotes in names broke filters|Policies|escapes quotes in names (defect 21)
21|12: the same in Azure|rust/core/tests/resource_role_policies.rs|what_is_not_found_is_an_error_and_never_null
21|hosts were those of the public cloud|rust/core/src/cloud.rs|every_known_name_resolves_in_any_case
22|16: 202 was a failure|ResourceActivation|accepts 202 as it accepts 201 (defect 22)
22|16: the portal showed the page of directory roles|Interaction|has the page of the kind of role (defect 22)
1.4|a group that is reached twice came twice|Groups|ends at circles, and lists each group once
2.1|ids of roles of one name were joined by a blank|Policies|asks which role is meant where several have the name (3.2
2.2|the message called the search case sensitive|Policies|says that a role is not found, and which names are near
3.1|one role without a policy ended the list|Eligibility|goes on where a role has no policy (3.3)
4.3|another account could sign in|Connect|refuses another account than the one asked for
5.1|a request for each group of the tenant|Groups|asks for many groups in one request (3.5)
6.1|a group that does not exist was only a warning|BadInput|is an error for a group, which names the nearest
7.2|RequestName leaked|Eligibility|shows the policy's properties, and nothing of the batch (3.7
9.1|principalUPN read a field that is not sent|Roles|name the principal by its mail address
12.1|ids of roles of one name were joined by a blank|BadInput|is a question for Get-, Set- and New-, and nothing is changed
12.2|a slash at the end made the lookup fail|Policies|takes the id, and a scope with or without slashes at its ends (3.12)
13.1|id was an array of one|Eligibility|takes ids, and gives a text as id (3.13)
13.2|no enabled subscription was an error about a template|rust/core/tests/scope_eligibility/subscriptions.rs|disabled_subscriptions_are_left_out
14.1|Microsoft 365 groups were dropped|Groups|keeps Microsoft 365 groups that are not security-enabled (3.14)
14.2|groups that are synchronised no more were dropped|rust/core/src/pim/groups.rs|groups_that_can_be_managed_are_told_from_those_that_cannot
15.6|the maximum of a custom role was looked for under the wrong id|rust/core/tests/bad_input.rs|a_custom_roles_maximum_is_found_under_its_template
15.7|a 403 was told as having no eligible roles|Activation|says that access is denied where it is, not that nothing is eligible
15.8|the Graph connection was replaced|ExistingSessions|stay as they are after a stronger sign-in, which is ours
15.9|no ticket|Activation|fails with JustificationRequired and TicketRequired, each with what to do
15.9|no other durations|Activation|takes any duration, and the maximum of the policy
15.9|no look at what became of a request|rust/core/tests/role_activation.rs|without_waiting_the_request_is_only_accepted
15.10|the retry could be another account's|rust/core/tests/auth/refusals.rs|a_session_stays_with_the_account_that_came_first
16.4|-excludeActivatedRoles made an active role not eligible|ResourceActivation|tells a role that is active from one that is not eligible
16.5|empty and HTML answers gave unclear errors|rust/core/tests/http_faults.rs|an_answer_that_is_no_json_is_said_to_be_none
16.6|a scope below the eligible one was refused|ResourceActivation|activates below the scope of the eligibility
17.3|the policy was changed before it was known whether that helps|Policies|leaves the policy alone where the assignment cannot succeed
17.3|and whether it was is not said|BadInput|say that the policy was changed and nobody was made eligible
17.4|challenges were errors|Policies|answers a challenge once (3.17
17.4|202 was an error|Policies|accepts 202 as it accepts 201 (3.17
18.4|approval could be had without approvers|BadInput|are refused before anything is sent: <What>
18.5|an id that is null differed from an empty one|rust/core/src/pim/resource_policy/merge.rs|a_missing_context_is_an_empty_one
'@ | ConvertFrom-Csv -Delimiter '|'

    $kept = @'
No|Kept|File|Test
1|names, aliases, parameters, positions, sets, types|Surface|<Function> -<Parameter> has its type, position and obligation
1|aliases|Surface|<Function> has the aliases it had
1|defaults|Surface|<Function> -<Parameter> defaults to <Expected.default>
2|sessions of Connect-MgGraph and Connect-AzAccount serve|ExistingSessions|serve commands of their service, without Connect-PIM
2|texts where there is none|ExistingSessions|<Command> says so in the words of AzurePIMStuff
3|function 15 gives a hashtable|Activation|returns a hashtable with the service's keys and ours
3|function 16 gives six properties|ResourceActivation|returns the six properties of old first, then ours
3|function 2 gives texts|Policies|returns one flat object with the properties that scripts know, in their order
3|function 13 says permanent|Eligibility|has the properties that scripts know, in their order
3|function 4 gives a SecureString|Token|returns a SecureString, or text with -asString, with the context in it
3|function 1 gives a guid and a list|Groups|returns Id and MemberOf for each id, in order
4|nothing found is no output|Roles|is no output from <Command>
4|of one's own roles too|Roles|is no output from <_>, not $null and no empty object
5|skips are warnings|Activation|warns of a name that is not eligible, names the nearest, and goes on
5|single failures do not end a call|Activation|does not let one failure stop the others
5|only what was thrown ends a call|ResourceActivation|warns of a role that is not eligible, and throws where none is
6|one retry, unchanged; no second question for the same role|Activation|repeats a challenged request once and unchanged
6|the same in Azure|rust/core/tests/role_activation.rs|resource_roles_are_challenged_once_and_keep_their_request_id
7|one wait, after what was accepted|Activation|waits for what was accepted only, and at most once for all
7|0 is no wait|Activation|does not wait with -waitAfterActivation 0
8|pick lists with titles, columns and order|Interaction|is <Grid> where that exists: title, columns, order, and each role once
8|of role definitions too|Policies|lets the user pick the role: title, columns, order, one choice
9|the portal at the first failure|Interaction|is opened once, at the first refusal by the service, and not with -NoPortal
10|$_tenantId counts where it is set|Connect|a command of an interactive host gets one by itself, with the tenant of the global $_tenantId
'@ | ConvertFrom-Csv -Delimiter '|'

    $rows = foreach ($row in $table) { @{ Kind = 'defect'; No = $row.No; What = $row.Defect; File = $row.File; Test = $row.Test } }
    $rows = @($rows) + @(foreach ($row in $kept) { @{ Kind = 'kept'; No = $row.No; What = $row.Kept; File = $row.File; Test = $row.Test } })
    $numbers = @($table.No | Where-Object { $_ -notlike '*.*' } | Sort-Object -Unique).Count
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $names = @{}

    function Get-TestName {
        # Names of the tests in a Pester file, or of the test functions in a Rust file.
        param([string] $File)
        if (-not $names.ContainsKey($File)) {
            $names[$File] = if ($File -like '*.rs') {
                [regex]::Matches((Get-Content -Raw "$root/$File"), '#\[(?:tokio::)?test[^\]]*\]\s+(?:async )?fn (\w+)') | ForEach-Object { $_.Groups[1].Value }
            } else {
                $ast = [System.Management.Automation.Language.Parser]::ParseFile("$PSScriptRoot/$File.Tests.ps1", [ref] $null, [ref] $null)
                $ast.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] -and $args[0].GetCommandName() -eq 'It' }, $true) |
                    ForEach-Object { $_.CommandElements[1].Value }
            }
        }
        $names[$File]
    }
}

Describe 'What AzurePIMStuff did wrong, and what has to stay' {
    It '<Kind> <No>, <What>, is tested in <File>' -ForEach $rows {
        $Test | Should -Not -BeNullOrEmpty
        @(Get-TestName $File | Where-Object { $_.StartsWith($Test) }).Count | Should -BeGreaterThan 0
    }

    It 'names all twenty-two' -ForEach @{ Count = $numbers } {
        $Count | Should -Be 22
    }
}

Describe 'docs/migrating-from-azurepimstuff.md' {
    BeforeAll {
        $text = Get-Content -Raw "$root/docs/migrating-from-azurepimstuff.md"
        $functions = @($Contract.PSObject.Properties.Name | Sort-Object)

        function Get-Section {
            # What stands under a function's heading.
            param([string] $Function)
            [regex]::Match($text, ('(?ms)^### \d+\. {0}\s*$(.*?)(?=^### |\z)' -f $Function)).Groups[1].Value
        }
    }

    It 'has a section for each of the eighteen functions, in their order' {
        $functions.Count | Should -Be 18
        $headings = [regex]::Matches($text, '(?m)^### (\d+)\. (\S+)\s*$')
        @($headings | ForEach-Object { $_.Groups[2].Value }) | Should -Be $functions
        @($headings | ForEach-Object { [int] $_.Groups[1].Value }) | Should -Be (1..18)
        foreach ($section in $text -split '(?m)^### ' | Select-Object -Skip 1) { ($section -split "`n", 2)[1].Trim() | Should -Not -BeNullOrEmpty }
    }

    It 'names each of the five aliases in the section of its function' {
        $aliases = @(foreach ($function in $functions) { foreach ($alias in $Contract.$function.aliases) { @{ Function = $function; Alias = $alias } } })
        $aliases.Count | Should -Be 5
        foreach ($pair in $aliases) {
            Get-Section $pair.Function | Should -Match "``$($pair.Alias)``"
        }
    }

    It 'names parameters and error codes that exist' {
        Import-TestModule
        foreach ($function in $functions) {
            $section = Get-Section $function
            foreach ($match in [regex]::Matches($section, '`-(\w+)')) {
                (Get-Command $function).Parameters.Keys | Should -Contain $match.Groups[1].Value -Because $function
            }
        }
        $documented = [regex]::Matches((Get-Content -Raw "$root/docs/errors.md"), '(?m)^\| `(\w+)` \|') | ForEach-Object { $_.Groups[1].Value }
        foreach ($match in [regex]::Matches($text, '`(\w+(?:NotFound|Ambiguous|Denied|Contradiction|Request))`')) { $documented | Should -Contain $match.Groups[1].Value }
        foreach ($match in [regex]::Matches($text, '\]\(([^)#]+)\)')) { Join-Path "$root/docs" $match.Groups[1].Value | Should -Exist }
    }
}
