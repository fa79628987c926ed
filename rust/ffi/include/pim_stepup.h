/*
 * The C ABI of PIMStepUp: claims challenges, tokens that satisfy them, and Privileged Identity Management of Microsoft
 * Entra, as named operations over one small mechanism. Anything that can call C can use it.
 *
 *   HOW IT WORKS
 *
 * A host makes a session (pim_session_new), starts a call in it (pim_call_start: name of an operation and a request),
 * takes the call's events one by one (pim_call_next) until the final one, and frees the call and, in the end, the
 * session. All texts are JSON in UTF-8. The operations with their requests, outputs and replies are listed below.
 *
 *   OWNERSHIP
 *
 * - Bytes that go in are given as address and length. They are read before the function returns and never kept: the
 *   host may free or change them at once. Length 0 is allowed with any address, null included.
 * - The bytes of an event belong to the host until it gives them to pim_buffer_free, once and with the length that came
 *   with them. They do not depend on the call or the session: those may be freed first. They do not end with a zero.
 * - The text of pim_version belongs to the library.
 * - Sessions and calls are numbers. 0 is never one of them, a number is never given out twice, and a session's number
 *   is never a call's. To free one twice, to use a freed one, or to give one kind for the other is therefore harmless:
 *   PIM_ERROR_HANDLE.
 * - Results are written to their addresses on success only.
 * - No function keeps a pointer to the host's memory, and none calls back into the host.
 *
 *   STATUSES
 *
 * Every function that can fail returns a number. Negative means that the function was used wrongly and did nothing;
 * PIM_ERROR_PANIC alone means that the library is at fault. Everything else that can go wrong, a bad configuration or
 * request included, is an event of the call.
 *
 *   CALLS AND EVENTS
 *
 * - A call yields any number of events and then exactly one final event, "done" or "failed". That also holds when the
 *   call is cancelled and when the library is at fault. After the final event pim_call_next returns PIM_ERROR_ENDED.
 * - pim_call_next with a timeout blocks the calling thread for at most that long. A host that must stay responsive
 *   takes slices of about 100 ms; one that polls gives 0.
 * - pim_call_at_hand answers without a call what is known already: token.acquire with a token that the session has, and
 *   session.show. A host that asks often asks it first. What does not fit leaves zeros in the host's memory.
 * - pim_call_cancel makes the final event come soon: within about a second, whatever the call is doing. A write that
 *   was under way is named in the error's "writes", with how far it had come.
 * - An "output" event carries one result or more in "values", in their order: what is there when the host looks comes
 *   together, up to 256 KiB or a single larger result.
 * - A call waits for its host: when 1000 results or 1 MiB of them have not been taken, it makes no more until half of
 *   them are. So a long list takes as much memory as its pages under way, however slowly the host reads. No other event
 *   waits, and requests under way go on meanwhile. A host that wants no more cancels or frees the call.
 * - An "ask" event waits for pim_call_reply; a host without an answer replies with null. Questions come in sessions that
 *   are configured for them (a credential that the host has), and where a user signs in whose browser may not reach this
 *   computer. A "withdrawn" event takes a question back. A "prompt" needs no answer: the host shows it to the user.
 * - Hosts must ignore events and fields that they do not know. Unknown fields in a request are refused.
 *
 *   THREADS
 *
 * Every function may be called from every thread at any time, also for the same handle: one thread may cancel or free a
 * call while another waits for its events. Two threads that take events of one call get each event once. The library
 * works on threads of its own, made at the first call of a session; they end when the session and all its calls are
 * freed, and the last free waits for that, at most a second. At the end of the process nothing needs to be freed, and
 * nothing waits. Free all sessions and calls before unloading the library. Do not use it on both sides of fork.
 *
 *   SECRETS
 *
 * Tokens are in the reply of token.acquire and nowhere else: not in other events, errors or panic texts. A host that
 * copies one, or lets pim_call_at_hand write one, wipes it. The library keeps tokens and the secrets that a host gives (in a session's configuration, in
 * the answer to a question) encrypted, and wipes all memory that it frees, what pim_buffer_free frees too.
 *
 *   EXAMPLE
 *
 *     // Finds the claims challenge in a text and prints what was found.
 *
 *     #include <stdio.h>
 *     #include <string.h>
 *
 *     #include "pim_stepup.h"
 *
 *     static const char request[] =
 *         "{\"text\": \"WWW-Authenticate: Bearer error=\\\"insufficient_claims\\\", "
 *         "claims=\\\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19\\\"\"}";
 *
 *     int main(void)
 *     {
 *         const char *operation = "challenge.parse";
 *         uint64_t session, call;
 *         if (pim_session_new(NULL, 0, &session) != PIM_OK)
 *             return 1;
 *
 *         int32_t status = pim_call_start(session, (const uint8_t *)operation, (uint32_t)strlen(operation),
 *                                         (const uint8_t *)request, (uint32_t)strlen(request), &call);
 *         if (status == PIM_OK) {
 *             do {
 *                 uint8_t *event;
 *                 uint32_t len;
 *                 status = pim_call_next(call, 100, &event, &len);
 *                 if (status == PIM_EVENT || status == PIM_FINAL) {
 *                     printf("%.*s\n", (int)len, (const char *)event);
 *                     pim_buffer_free(event, len);
 *                 }
 *             } while (status == PIM_OK || status == PIM_EVENT);
 *             pim_call_free(call);
 *         }
 *
 *         pim_session_free(session);
 *         return status == PIM_FINAL ? 0 : 1;
 *     }
 *
 *   CONFIGURATION OF A SESSION
 *
 * What pim_session_new takes. Fields with `?` may be left out; their default stands behind `=`.
 *
 *   cloud?: CloudConfig                       The cloud, by name or by its endpoints. Without it, the one that the
 *                                             environment names (`AZURE_CLOUD`, `AZURE_AUTHORITY_HOST`), else `Global`.
 *   tenant?: string = "organizations"         Tenant id or verified domain; `organizations` leaves the choice to the
 *                                             account that signs in.
 *   account?: string                          The user principal name that must sign in; pre-filled on the page, and
 *                                             any other account is refused.
 *   clientId?: string                         Application id of one app registration for everything, in place of the
 *                                             two below; that of the application where the credential is an
 *                                             application's.
 *   graphClientId?: string = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
 *                                             Application id of the public client for Microsoft Graph. Default:
 *                                             Microsoft Graph Command Line Tools.
 *   armClientId?: string = "1950a258-227b-4e31-a9cf-717495945fc2"
 *                                             Application id of the public client for every other resource. Default:
 *                                             Azure PowerShell.
 *   credential?: CredentialConfig             Where tokens come from.
 *   cache?: CacheConfig                       Whether sign-ins outlive the process.
 *   environment?: {string: string}            Environment variables as the host sees them, for hosts that keep an
 *                                             environment of their own (.NET outside of Windows does). Without it,
 *                                             those of the process.
 *   browser?: BrowserConfig                   How a sign-in page is opened.
 *   timeouts?: Timeouts                       How long each stage may take, in seconds.
 *   concurrency?: integer = 8                 Requests that may be under way at once, 1 to 64.
 *   trustedRootsFile?: string                 A PEM file of certificates to trust besides those of the system.
 *   hostName?: string                         Appended to the `User-Agent`, to name the host.
 *
 *   EVENTS
 *
 * What pim_call_next hands over. A field with `?` may be absent.
 *
 *   event: "verbose"                          A line for users who want to follow what happens.
 *       message: string                       The line.
 *   event: "debug"                            A line for those who look for a fault.
 *       message: string                       The line.
 *   event: "warning"                          Something that the user should know although the call goes on.
 *       code: string                          Stable name of the warning, for example `DurationClamped`.
 *       message: string                       The sentence.
 *   event: "progress"                         How far an activity has come.
 *       activity: string                      What is going on.
 *       status: string                        The present step.
 *       percent?: integer                     0 to 100 where it can be told.
 *       completed: boolean                    The activity has ended.
 *   event: "prompt", and the fields of Prompt
 *                                             The user has to do something outside of the host.
 *   event: "ask"                              The host is to answer with `pim_call_reply`.
 *       id: integer                           Number of the question; the answer repeats it.
 *       question: Question                    The question.
 *   event: "withdrawn"                        A question that was asked before needs no answer any more;
 *                                             `pim_call_reply` would refuse one.
 *       id: integer                           Number of the question.
 *   event: "output"                           Results, as soon as they are there.
 *       values: [any JSON]                    One or more, in their order; each as the operation's output schema says.
 *   event: "done"                             The call succeeded. Final.
 *       value: any JSON                       As the operation's reply schema says.
 *   event: "failed"                           The call failed. Final.
 *       error: Error                          Why.
 *
 *   OPERATIONS
 *
 * challenge.parse
 *   Finds a claims challenge in a response, a header, an error or any text.
 *   In PowerShell: Get-PIMClaimsChallenge.
 *   request:                                  What to search: a text of any kind, or the parts of a response.
 *     text?: string                           Any text: a header line, a body, an error message, console output,
 *                                             base64, percent-encoded or plain JSON.
 *     status?: integer                        The status of a response. Without it, headers and body count as if the
 *                                             status fitted.
 *     headers?: [string]                      The values of its `WWW-Authenticate` headers; lines with the header's
 *                                             name in front will do.
 *     body?: any JSON                         Its body: a string, or the JSON that it holds.
 *   reply:                                    What was found.
 *     found: boolean                          Whether there is a challenge that can be answered.
 *     challenges: [FoundChallenge]            The challenges; the first is the one to answer.
 *     rejected?: RejectedChallenge            The first of those that look like a challenge but must not be forwarded.
 *     notes?: [FoundNote]                     What has to do with signing in and holds no claims.
 *
 * session.connect
 *   Signs in, or makes sure that the session is signed in.
 *   In PowerShell: Connect-PIM.
 *   request:                                  What to sign in for.
 *     resources?: [string]                    `graph`, `arm`, or any other resource. Where one client serves them all,
 *                                             one sign-in does.
 *     scopes?: [string]                       Permissions instead of the default ones. Short names are those of the
 *                                             first resource.
 *     claims?: string                         What the tokens must satisfy: a claims request as JSON or base64, or any
 *                                             text that carries a challenge.
 *     force?: boolean = false                 Forgets the present sign-in and starts over, with the choice of account
 *                                             or fresh credentials.
 *   reply: Context
 *
 * session.show
 *   Shows who is signed in and which tokens are at hand. Nothing is sent.
 *   In PowerShell: Get-PIMContext.
 *   request: {}
 *   reply: Context
 *
 * session.disconnect
 *   Forgets the account and its tokens, stored ones too. The browser's own session at the token service stays.
 *   In PowerShell: Disconnect-PIM.
 *   request: {}
 *   reply: {}
 *
 * cache.clear
 *   Removes the session's cache file with the sign-ins of all accounts, and its key. Sessions in memory stay.
 *   In PowerShell: Clear-PIMCache.
 *   request: {}
 *   reply: {}
 *
 * token.acquire
 *   Gets an access token for Graph, Azure or any other API, signing in again if a claims challenge asks for it.
 *   In PowerShell: Get-PIMAccessToken, Get-PIMGraphTokenWithClaim.
 *   request:                                  What the token is for, and what it must satisfy.
 *     resource?: string                       `graph`, `arm`, an application id, or an application id URI. Without it
 *                                             the scopes tell; without both it is `graph`.
 *     scopes?: [string]                       Permissions, by short or full names. Without them those of `.default`,
 *                                             and for `graph` those that PIM needs.
 *     claims?: string                         What the token must satisfy: a claims request as JSON or base64, or any
 *                                             text that carries a challenge.
 *     clientId?: string                       Application id of another public client than the session's.
 *     force?: boolean = false                 Gets a new token even if one at hand would do.
 *   reply:                                    The token.
 *     accessToken: string                     The token itself: a secret.
 *     tokenType: string                       Always `Bearer`.
 *     expiresOn: string                       End of its life, RFC 3339 in UTC.
 *     scopes: [string]                        Granted scopes.
 *     resource: string                        `graph`, `arm`, or what the request named.
 *     clientId: string                        Application id of the client that asked.
 *     tenantId: string                        Tenant of the token.
 *     account: Account                        Who signed in.
 *     authenticationContexts: [string]        Authentication contexts that it carries.
 *     amr: [string]                           Authentication methods that it shows (`amr`).
 *     capabilities: [string]                  Client capabilities that it shows (`xms_cc`).
 *     claims: object                          The claims request that it was asked with.
 *
 * role.list
 *   Lists the signed-in user's eligible or active roles, with names.
 *   In PowerShell: Get-PIMMyEligibleDirectoryRole, Get-PIMMyActiveDirectoryRole, Get-PIMMyEligibleResourceRole,
 *   Get-PIMMyActiveResourceRole.
 *   request:                                  Which roles.
 *     kind: Kind                              Which service manages the roles.
 *     state: State                            Eligible or active.
 *   each output: RoleEntry
 *   reply:                                    How many there were.
 *     count: integer                          Number of outputs.
 *
 * role.activate
 *   Activates eligible roles of the signed-in user; a claims challenge is satisfied by one sign-in for all.
 *   In PowerShell: Invoke-PIMDirectoryRoleActivation, Invoke-PIMResourceRoleActivation.
 *   request: ActivationRequest
 *   each output: ActivationResult
 *   reply: ActivationSummary
 *
 * rest.invoke
 *   Sends a request to Microsoft Graph, Azure Resource Manager or another Entra-protected API.
 *   In PowerShell: Invoke-PIMRestMethod.
 *   request:                                  The request to send.
 *     method?: string = "GET"                 HTTP method; `GET` by default.
 *     uri: string                             Absolute address on the cloud's Graph or ARM host (or on `resource`'s
 *                                             host), or a path on Graph such as `/v1.0/me`.
 *     headers?: {string: string}              Further headers. `Authorization`, `Host` and headers of the connection
 *                                             are refused.
 *     body?: any JSON                         JSON, or text.
 *     contentType?: string                    Media type of the body; `application/json` by default, `text/plain` for
 *                                             text that is no JSON.
 *     resource?: string                       `graph`, `arm`, or the application id URI of another API; by default that
 *                                             of the address.
 *     scopes?: [string]                       Permissions that the token must have, as short or full names.
 *     claims?: string                         Claims that the token must satisfy: JSON, base64, or anything that
 *                                             carries a challenge.
 *     all?: boolean = false                   Follow next links; each item is an output.
 *   each output: any JSON
 *   reply:                                    The answer. One of `body`, `text` and `base64` is there unless the answer
 *                                             is empty or `all` was asked for.
 *     status: integer                         HTTP status.
 *     headers: {string: string}               Headers in lower case; repeated ones are joined with `, `.
 *     body?: any JSON                         A JSON answer.
 *     text?: string                           A text answer.
 *     base64?: string                         Any other answer.
 *     count?: integer                         With `all`: number of outputs.
 *
 * authenticationContext.list
 *   Lists the authentication contexts of the tenant.
 *   In PowerShell: Get-PIMAuthenticationContext.
 *   request: {}
 *   each output:                              One authentication context.
 *     id: string                              For example `c1`; the value of `acrs` in a claims request.
 *     displayName?: string                    Its name.
 *     description?: string                    What it is for.
 *     isAvailable?: boolean                   Whether it is published to applications.
 *   reply:                                    How many there were.
 *     count: integer                          Number of outputs.
 *
 * directoryRole.policy
 *   Reads the policy of a directory role, flattened to one object.
 *   In PowerShell: Get-PIMDirectoryRoleAssignmentSetting.
 *   request:                                  Which role: exactly one of the two.
 *     roleName?: string                       Its name.
 *     roleId?: string                         Id of its role definition.
 *   reply: DirectoryRolePolicy
 *
 * directoryRole.eligibility
 *   Lists everybody's eligibilities for directory roles, with names and policies.
 *   In PowerShell: Get-PIMDirectoryRoleEligibleAssignment.
 *   request: DirectoryEligibilityRequest
 *   each output: DirectoryRoleEligibility
 *   reply:                                    How many there were.
 *     count: integer                          Number of outputs.
 *
 * group.list
 *   Lists the groups that can be managed, or those that somebody is eligible for.
 *   In PowerShell: Get-PIMGroup, Get-PIMSupportedGroup.
 *   request:                                  Which groups.
 *     eligibleOnly?: boolean = false          Only groups that somebody is eligible for, with their eligibilities.
 *   each output: ManagedGroup
 *   reply:                                    How many there were.
 *     count: integer                          Number of outputs.
 *
 * group.eligibility
 *   Lists everybody's eligibilities for groups, with names and policies.
 *   In PowerShell: Get-PIMGroupEligibleAssignment.
 *   request:                                  Which groups, and what to read.
 *     groupIds?: [string]                     Ids of the groups; absent for all that can be managed.
 *     policy?: boolean = true                 Whether to read the groups' policies too.
 *   each output: GroupEligibility
 *   reply: GroupListSummary
 *
 * account.membership
 *   Finds the groups that accounts are eligible to become members of.
 *   In PowerShell: Get-PIMAccountEligibleMemberOf.
 *   request: MembershipRequest
 *   each output: Membership
 *   reply:                                    What was looked in.
 *     count: integer                          Number of outputs.
 *     anyGroup: boolean                       Whether there was any group that somebody is eligible for.
 *
 * resourceRole.definitions
 *   Lists the Azure roles that can be assigned at a scope, by name.
 *   In PowerShell: New-PIMResourceEligibleRoleAssignment, Set-PIMResourceRoleAssignmentSetting.
 *   request:                                  Where.
 *     scope: string                           Resource id of the scope, with or without slash at either end.
 *   each output: ResourceRoleDefinition
 *   reply:                                    How many there were.
 *     count: integer                          Number of outputs.
 *
 * managementGroup.eligibility
 *   Lists who is eligible at management groups, with the roles' policies.
 *   In PowerShell: Get-PIMManagementGroupEligibleAssignment.
 *   request:                                  Which management groups.
 *     names?: [string]                        Names of management groups, as their ids end; absent or empty for all
 *                                             that the user sees.
 *     policy?: boolean = true                 Whether the policy of each role comes along; absent means yes.
 *   each output: ManagementGroupEligibility
 *   reply: ScopeListSummary
 *
 * subscription.eligibility
 *   Lists who is eligible in subscriptions, resource groups and resources.
 *   In PowerShell: Get-PIMSubscriptionEligibleAssignment.
 *   request:                                  Which subscriptions.
 *     ids?: [string]                          Ids of subscriptions; absent or empty for all that are enabled.
 *   each output: SubscriptionEligibility
 *   reply: ScopeListSummary
 *
 * resourceRole.policy
 *   Reads the policy of an Azure role at a scope, as the service sends it.
 *   In PowerShell: Get-PIMResourceRoleAssignmentSetting.
 *   request:                                  Which role: exactly one of `roleName` and `roleId`.
 *     scope: string                           Resource id of the scope, with or without slash at either end.
 *     roleName?: string                       Name of the role.
 *     roleId?: string                         GUID or full id of the role definition.
 *   reply: ResourcePolicyProperties
 *
 * resourceRole.setPolicy
 *   Changes the policy of an Azure role at a scope: what is not named stays as it is.
 *   In PowerShell: New-PIMResourceEligibleRoleAssignment, Set-PIMResourceRoleAssignmentSetting.
 *   request: ResourcePolicyChange
 *   reply: ResourcePolicyUpdate
 *
 * resourceRole.assignEligibility
 *   Makes a user, group or service principal eligible for an Azure role at a scope.
 *   In PowerShell: New-PIMResourceEligibleRoleAssignment.
 *   request: EligibilityRequest
 *   reply: EligibilityAssignment
 *
 *   TYPES
 *
 * Account                                     The account of a session: a user, as the token service describes it in
 *                                             the ID token, or an application, as its token shows it.
 *     kind?: AccountKind = "user"             Whether it is a user or an application.
 *     username: string                        Sign-in name (`preferred_username`), or an application's id; it may
 *                                             change, so identity is `object_id` within `tenant_id`.
 *     objectId: string                        Object id in the tenant of the token: the principal id that PIM wants,
 *                                             for guests too.
 *     tenantId: string                        The tenant of the token, which for a guest is not the home tenant.
 *     homeAccountId?: string                  `uid.utid` of the home tenant, where the token service told it
 *                                             (`client_info`).
 *     displayName?: string                    The user's name for people.
 *
 * AccountKind                                 What an account is.
 *     "user"                                  A person.
 *     "application"                           An application or a managed identity: nobody who could prove who they
 *                                             are.
 *
 * ActivationRequest                           What to activate and how.
 *     kind: Kind                              Which service manages the roles.
 *     roles: [RoleSelector]                   The roles.
 *     justification?: string                  Why the roles are needed.
 *     ticket?: Ticket                         Sent only where the policy wants it or cannot be read.
 *     duration?: string                       ISO 8601 duration of days, hours, minutes, seconds; absent means the
 *                                             maximum of each role's policy.
 *     clampDuration?: boolean = true          Shorten a duration above the policy's maximum (default), or fail that
 *                                             role with `DurationTooLong`.
 *     startDateTime?: string                  ISO 8601 begin with offset; absent means at once.
 *     waitSeconds?: integer = 60              How long to wait for provisioning, in seconds; 0 does not wait.
 *     sufficientRoles?: {string: [string]}    A role is skipped if one of these is active: by role name, or `*` for
 *                                             every role.
 *     excludeActive?: boolean = false         Roles that are active already are no candidates when a name fits several.
 *     plan?: boolean = false                  Resolve and check against policy, but write nothing.
 *
 * ActivationResult                            How the activation of one role ended.
 *     kind: Kind                              Which service manages the role.
 *     roleName: string                        Display name; for a role that was not found, what was asked for.
 *     roleDefinitionId: string                Empty for a role that was not found.
 *     scope: string                           Empty for a role that was not found.
 *     scopeName?: string                      Display name of the scope, where known.
 *     scopeType: string                       As in a listing; empty for a role that was not found.
 *     status: Outcome                         The outcome.
 *     serviceStatus?: string                  The request's status in the service's words.
 *     requestId?: string                      Id of the request at the service.
 *     requestedDuration?: string              What the caller asked for, ISO 8601.
 *     duration?: string                       What was (or would be) sent, ISO 8601.
 *     durationClamped: boolean                The policy's maximum replaced the duration asked for.
 *     startDateTime?: string                  Begin, ISO 8601 in UTC.
 *     endDateTime?: string                    End, ISO 8601 in UTC.
 *     authenticationContexts: [string]        The authentication contexts that were demanded for this role.
 *     steppedUp: boolean                      A new sign-in or a renewed token with more in it was needed.
 *     policy?: Policy                         Absent where the policy could not be read.
 *     sufficientRole?: string                 The active role that made this one unnecessary.
 *     error?: Error                           Why the role failed, or what is uncertain.
 *     raw?: any JSON                          The service's last answer as it came.
 *
 * ActivationSummary                           Counts of an activation.
 *     activated: integer                      Roles in force now because of this call.
 *     pending: integer                        Accepted, or waiting for approval.
 *     scheduled: integer                      Accepted for a later start.
 *     skipped: integer                        Active already, or another role suffices.
 *     failed: integer                         Failed or unconfirmed.
 *     planned: integer                        Only planned.
 *
 * BrowserConfig                               How a sign-in page is opened.
 *     mode: "system"                          The system's default browser (`BROWSER` is respected where the system
 *                                             knows it).
 *     mode: "command"                         A program and its arguments; the address is added as the last argument.
 *                                             No shell is involved.
 *         command: [string]                   Program, then arguments.
 *     mode: "show"                            None: the address is only shown, and the user opens it.
 *     mode: "never"                           None and nobody to show it to: a sign-in that needs a user fails at once.
 *
 * CacheConfig                                 Whether sign-ins outlive the process.
 *     mode: "memory"                          No: everything is forgotten with the session.
 *     mode: "file"                            Refresh tokens are kept in a file, encrypted with a key that the
 *                                             operating system's credential store keeps for the user. Several processes
 *                                             may share it. Without a credential store everything stays in memory, and
 *                                             a warning says so once.
 *         path: string                        The file. Its folder is made if there is none.
 *
 * Category                                    The kind of a failure, named as PowerShell's `ErrorCategory` names it.
 *     "AuthenticationError"                   Sign-in failed or the signed-in identity is not the expected one.
 *     "InvalidArgument"                       The caller's input is wrong.
 *     "InvalidData"                           The service sent something that is not what its contract says.
 *     "InvalidOperation"                      The request is fine in itself, the state of the target does not allow it.
 *     "ObjectNotFound"                        What was named does not exist.
 *     "OperationTimeout"                      Time ran out.
 *     "OperationStopped"                      The caller cancelled.
 *     "PermissionDenied"                      The service refuses the caller.
 *     "ConnectionError"                       The name, host or address could not be reached.
 *     "LimitsExceeded"                        The service asks for fewer requests.
 *     "ResourceUnavailable"                   The service failed.
 *     "SecurityError"                         TLS or another security measure failed.
 *     "NotSpecified"                          A fault of this library.
 *
 * CloudConfig                                 A cloud by name, or all of its endpoints.
 *     string                                  `Global`, `USGovL4`, `USGovL5DoD` or `China`; the names that Azure
 *                                             PowerShell and the Graph SDK use are understood too.
 *     Endpoints                               A cloud of one's own: an emulator, or a cloud that this version does not
 *                                             know.
 *
 * Context                                     The state of a session.
 *     connected: boolean                      Whether somebody is signed in.
 *     cloud: string                           Name of the cloud.
 *     account?: Account                       Who is signed in.
 *     tenant: string                          Tenant as the session was configured: an id, a domain or `organizations`.
 *     tokens: [TokenSummary]                  The tokens at hand, without their secrets.
 *
 * CredentialConfig                            Where a session's tokens come from.
 *     kind: "browser"                         A user signs in on a page of the token service, opened as `browser` says.
 *     kind: "host"                            The host has a session of its own and is asked for its tokens (an `ask`
 *                                             event with the question `token`). What these are too weak for, the user
 *                                             gives on a page, as with `browser`.
 *         provider: HostProvider              Whose session it is.
 *     kind: "deviceCode"                      A user types a code on a page, in a browser anywhere (RFC 8628). For
 *                                             computers without a browser only: Conditional Access often blocks it, and
 *                                             it proves nothing of this device.
 *     kind: "accessToken"                     Access tokens that the caller has. Each serves the API that it names
 *                                             (`aud`) until its end; none is renewed.
 *         tokens: [string]                    One for each API.
 *     kind: "clientSecret"                    An application with a client secret. Needs `clientId` and `tenant`.
 *         secret: string                      The secret's value.
 *     kind: "clientCertificate"               An application with a certificate. Needs `clientId` and `tenant`.
 *         file: string                        A PEM file with the certificate and its RSA key (PKCS#8 or PKCS#1, not
 *                                             encrypted).
 *     kind: "hostCertificate"                 An application with a certificate of which the host holds the key: it is
 *                                             asked to sign (an `ask` event with the question `sign`). Needs `clientId`
 *                                             and `tenant`.
 *         certificate: string                 The certificate, DER in base64.
 *     kind: "workloadIdentity"                An application that another identity provider vouches for (workload
 *                                             identity federation). Takes `clientId` and `tenant` from the environment
 *                                             where they are not given (`AZURE_CLIENT_ID`, `AZURE_TENANT_ID`).
 *         source?: FederationSource           Who vouches. Without it, the environment tells.
 *         tokenFile?: string                  The file with the other provider's token, in place of
 *                                             `AZURE_FEDERATED_TOKEN_FILE`. It is read anew for each sign-in.
 *         serviceConnectionId?: string        Id of the service connection, in place of
 *                                             `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID`, for Azure DevOps.
 *     kind: "managedIdentity"                 The identity of the Azure resource on which this runs: a virtual machine,
 *                                             App Service, Functions, Azure Arc, Cloud Shell. At most one of the ids;
 *                                             none means the resource's own identity.
 *         clientId?: string                   Application id of a user-assigned identity.
 *         objectId?: string                   Object id of a user-assigned identity.
 *         resourceId?: string                 Azure resource id of a user-assigned identity.
 *     kind: "azureCli"                        Whoever is signed in to the Azure CLI (`az login`).
 *     kind: "azureDeveloperCli"               Whoever is signed in to the Azure Developer CLI (`azd auth login`).
 *
 * Difference                                  One setting that changes.
 *     name: string                            Name of the setting, as in `before` and `after`.
 *     old: any JSON                           Its value before.
 *     new: any JSON                           Its value after.
 *
 * DirectoryEligibilityRequest                 What to read, and how to write it.
 *     policy?: boolean = true                 Whether to read the roles' policies too.
 *     compact?: boolean = false               For hosts that are slow at reading JSON: `roleDefinition` and `Policy`
 *                                             come with the first row of each role and are null in its later ones, and
 *                                             the names of a `principal` come once for all rows that have the same.
 *
 * DirectoryRoleEligibility                    An eligibility for a directory role that is in force now:
 *                                             `unifiedRoleEligibilityScheduleInstance`, with names and policy.
 *     id?: string                             Id of the instance.
 *     principalId?: string                    Who is eligible: a user, a group or a service principal.
 *     roleDefinitionId?: string               Id of the role's definition.
 *     directoryScopeId?: string               `/`, `/administrativeUnits/{id}` or `/{objectId}`.
 *     appScopeId?: string                     Scope within an application, instead of a directory scope.
 *     startDateTime?: string                  Begin, ISO 8601.
 *     endDateTime?: string                    End, ISO 8601; null if it has none.
 *     memberType?: string                     `Direct`, `Group` or `Inherited`.
 *     roleEligibilityScheduleId?: string      Id of the schedule that this is an instance of.
 *     roleDefinition?: any JSON               The role's definition as the service sends it. With `compact`, null in
 *                                             all rows of a role but the first.
 *     principal?: any JSON                    The principal as the service sends it; null if it does not exist any
 *                                             more. With `compact`, one without objects and filled arrays in it is an
 *                                             array: first its names or, where an earlier row came with the same, that
 *                                             list's number from 0; then its values.
 *     PrincipalName?: string                  Name of the principal.
 *     RoleName?: string                       Name of the role.
 *     Policy?: DirectoryRolePolicy            The role's policy; null if it has none. Absent where policies were not
 *                                             asked for. With `compact`, null in all rows of a role but the first.
 *
 * DirectoryRolePolicy                         The policy of a directory role, flattened.
 *     RoleName: string                        Name of the role; empty where it was named by its id.
 *     RoleID: string                          Id of the role definition.
 *     PolicyID: string                        Id of the policy.
 *     ActivationDuration: string              Longest activation, an ISO 8601 duration.
 *     EnablementRules: string                 What an activation demands, joined by commas:
 *                                             `MultiFactorAuthentication`, `Justification`, `Ticketing`.
 *     ActiveAssignmentRequirement: string     What an active assignment by an administrator demands, joined by commas.
 *     AuthenticationContext_Enabled: boolean  Whether an activation needs an authentication context.
 *     AuthenticationContext_Value: string     The authentication context, for example `c1`.
 *     ApprovalRequired: boolean               Whether somebody has to approve an activation.
 *     Approvers: string                       The approvers of all stages, each as
 *                                             `@{"id"="…";"description"="…";"userType"="user|group"},`.
 *     AllowPermanentEligibleAssignment: string
 *                                             `true` or `false` as text: whether an eligibility may have no end.
 *     MaximumEligibleAssignmentDuration: string
 *                                             Longest eligibility, an ISO 8601 duration.
 *     AllowPermanentActiveAssignment: string  `true` or `false` as text: whether an active assignment may have no end.
 *     MaximumActiveAssignmentDuration: string
 *                                             Longest active assignment, an ISO 8601 duration.
 *     Notification_Eligibility_Alert_isDefaultRecipientEnabled: boolean
 *                                             Whether the default recipients get the mail of the rule
 *                                             `Notification_Admin_Admin_Eligibility`.
 *     Notification_Eligibility_Alert_NotificationLevel: string
 *                                             `All` or `Critical`: the level of the rule
 *                                             `Notification_Admin_Admin_Eligibility`.
 *     Notification_Eligibility_Alert_Recipients: string
 *                                             Further recipients, joined by commas, of the rule
 *                                             `Notification_Admin_Admin_Eligibility`.
 *     Notification_Eligibility_Assignee_isDefaultRecipientEnabled: boolean
 *                                             Whether the default recipients get the mail of the rule
 *                                             `Notification_Requestor_Admin_Eligibility`.
 *     Notification_Eligibility_Assignee_NotificationLevel: string
 *                                             `All` or `Critical`: the level of the rule
 *                                             `Notification_Requestor_Admin_Eligibility`.
 *     Notification_Eligibility_Assignee_Recipients: string
 *                                             Further recipients, joined by commas, of the rule
 *                                             `Notification_Requestor_Admin_Eligibility`.
 *     Notification_Eligibility_Approvers_isDefaultRecipientEnabled: boolean
 *                                             Whether the default recipients get the mail of the rule
 *                                             `Notification_Approver_Admin_Eligibility`.
 *     Notification_Eligibility_Approvers_NotificationLevel: string
 *                                             `All` or `Critical`: the level of the rule
 *                                             `Notification_Approver_Admin_Eligibility`.
 *     Notification_Eligibility_Approvers_Recipients: string
 *                                             Further recipients, joined by commas, of the rule
 *                                             `Notification_Approver_Admin_Eligibility`.
 *     Notification_Active_Alert_isDefaultRecipientEnabled: boolean
 *                                             Whether the default recipients get the mail of the rule
 *                                             `Notification_Admin_Admin_Assignment`.
 *     Notification_Active_Alert_NotificationLevel: string
 *                                             `All` or `Critical`: the level of the rule
 *                                             `Notification_Admin_Admin_Assignment`.
 *     Notification_Active_Alert_Recipients: string
 *                                             Further recipients, joined by commas, of the rule
 *                                             `Notification_Admin_Admin_Assignment`.
 *     Notification_Active_Assignee_isDefaultRecipientEnabled: boolean
 *                                             Whether the default recipients get the mail of the rule
 *                                             `Notification_Requestor_Admin_Assignment`.
 *     Notification_Active_Assignee_NotificationLevel: string
 *                                             `All` or `Critical`: the level of the rule
 *                                             `Notification_Requestor_Admin_Assignment`.
 *     Notification_Active_Assignee_Recipients: string
 *                                             Further recipients, joined by commas, of the rule
 *                                             `Notification_Requestor_Admin_Assignment`.
 *     Notification_Active_Approvers_isDefaultRecipientEnabled: boolean
 *                                             Whether the default recipients get the mail of the rule
 *                                             `Notification_Approver_Admin_Assignment`.
 *     Notification_Active_Approvers_NotificationLevel: string
 *                                             `All` or `Critical`: the level of the rule
 *                                             `Notification_Approver_Admin_Assignment`.
 *     Notification_Active_Approvers_Recipients: string
 *                                             Further recipients, joined by commas, of the rule
 *                                             `Notification_Approver_Admin_Assignment`.
 *     Notification_Activation_Alert_isDefaultRecipientEnabled: boolean
 *                                             Whether the default recipients get the mail of the rule
 *                                             `Notification_Admin_EndUser_Assignment`.
 *     Notification_Activation_Alert_NotificationLevel: string
 *                                             `All` or `Critical`: the level of the rule
 *                                             `Notification_Admin_EndUser_Assignment`.
 *     Notification_Activation_Alert_Recipients: string
 *                                             Further recipients, joined by commas, of the rule
 *                                             `Notification_Admin_EndUser_Assignment`.
 *     Notification_Activation_Assignee_isDefaultRecipientEnabled: boolean
 *                                             Whether the default recipients get the mail of the rule
 *                                             `Notification_Requestor_EndUser_Assignment`.
 *     Notification_Activation_Assignee_NotificationLevel: string
 *                                             `All` or `Critical`: the level of the rule
 *                                             `Notification_Requestor_EndUser_Assignment`.
 *     Notification_Activation_Assignee_Recipients: string
 *                                             Further recipients, joined by commas, of the rule
 *                                             `Notification_Requestor_EndUser_Assignment`.
 *     Notification_Activation_Approver_isDefaultRecipientEnabled: boolean
 *                                             Whether the default recipients get the mail of the rule
 *                                             `Notification_Approver_EndUser_Assignment`.
 *     Notification_Activation_Approver_NotificationLevel: string
 *                                             `All` or `Critical`: the level of the rule
 *                                             `Notification_Approver_EndUser_Assignment`.
 *     Notification_Activation_Approver_Recipients: string
 *                                             Further recipients, joined by commas, of the rule
 *                                             `Notification_Approver_EndUser_Assignment`.
 *
 * EligibilityAssignment                       The request as the service took it. In a plan, what would be sent.
 *     Id?: string                             Full id of the request; null in a plan.
 *     Name?: string                           GUID of the request; null in a plan.
 *     Status?: string                         The service's status, for example `Provisioned`; `Planned` in a plan.
 *     PrincipalId?: string                    Who becomes eligible.
 *     RoleDefinitionId?: string               Full id of the role definition.
 *     Scope?: string                          The scope.
 *     RequestType?: string                    `AdminAssign`.
 *     StartDateTime?: string                  From when.
 *     ExpirationType?: string                 `AfterDuration` or `NoExpiration`.
 *     ExpirationDuration?: string             For how long.
 *     ExpirationEndDate?: string              Until when, where the service says it.
 *     CreatedOn?: string                      When the request was made.
 *
 * EligibilityRequest                          Who becomes eligible for what.
 *     scope: string                           Resource id of the scope, with or without slash at either end.
 *     principalId: string                     Object id of the user, group or service principal.
 *     roleName?: string                       Name of the role; either this or `roleDefinitionId`.
 *     roleDefinitionId?: string               GUID or full id of the role definition.
 *     justification?: string                  Why.
 *     startDateTime?: string                  From when, with an offset; absent means now.
 *     duration?: string = "P365D"             For how long, an ISO 8601 duration. It does not count with `permanent`.
 *     permanent?: boolean = false             Without end.
 *     plan?: boolean = false                  Say what would be sent, and send nothing.
 *
 * Endpoints                                   All endpoints of a cloud, as origins without a path.
 *     name?: string = "Custom"                What the cloud is called in messages.
 *     login: string                           Token service, for example `https://login.microsoftonline.com`.
 *     graph: string                           Microsoft Graph, for example `https://graph.microsoft.com`.
 *     arm: string                             Azure Resource Manager, for example `https://management.azure.com`.
 *
 * Error                                       A failure. Serialised as it is, it is the `error` member of a `failed`
 *                                             event.
 *     code: ErrorCode                         Stable name of the failure.
 *     category: Category                      Its category, as PowerShell names it.
 *     message: string                         What was tried and what went wrong. Never holds a secret.
 *     hint?: string                           One action that helps.
 *     target?: string                         What the failure is about: a role, a host, a field.
 *     http?: HttpDetail                       The HTTP exchange, where there was one.
 *     service?: ServiceDetail                 The service's own words, where there were some.
 *     retryable: boolean                      Whether the same call may succeed later without a change.
 *     claims?: string                         The claims request that stays unsatisfied, as canonical JSON.
 *     writes?: [WriteDetail]                  Writes that had begun, when the call ended before its end.
 *     causes?: [string]                       The messages of the failures below this one, outermost first.
 *
 * ErrorCode                                   Listed below with their meanings.
 *
 * FederationSource                            Who vouches for an application.
 *     "file"                                  A file with a token, as Kubernetes projects it.
 *     "gitHub"                                GitHub Actions, in a job with the permission `id-token: write`.
 *     "azureDevOps"                           Azure DevOps, in a task with a service connection.
 *
 * FoundChallenge                              One challenge.
 *     claims: object                          The claims request.
 *     claimsText: string                      The claims request exactly as it was sent, decoded.
 *     claimsCanonical: string                 The claims request as compact JSON with ordered names.
 *     claimsBase64: string                    Base64 of `claimsText`: what `Connect-AzAccount -ClaimsChallenge` takes.
 *     authenticationContexts: [string]        The authentication contexts that are asked for.
 *     demands: [string]                       The names of all claims that are asked for.
 *     foundIn: FoundIn                        Where it was found.
 *     scheme?: string                         The authentication scheme, where it was in a header.
 *     errorCode?: string                      The service's error code.
 *     error?: string                          `error` of the header or of the token service.
 *     suberror?: string                       `suberror` of the token service.
 *     errorDescription?: string               The words that came with `error`.
 *     authorizationUri?: string               The header's authorization address. It is shown and never followed.
 *     batchItem?: string                      The id of the batch item.
 *
 * FoundIn                                     Where a challenge was found.
 *     "header"                                A `WWW-Authenticate` header field.
 *     "body"                                  The message of a service's error body.
 *     "batchItem"                             One answer within the answer to a batch.
 *     "tokenError"                            The `claims` member of the token service's error.
 *     "text"                                  The text of an exception, a console or a log.
 *     "json"                                  The claims request itself, as JSON.
 *     "base64"                                The claims request itself, as base64.
 *
 * FoundNote                                   A challenge without claims.
 *     kind: "claimsMissing"                   The service says `insufficient_claims` and does not say which.
 *     kind: "insufficientUserAuthentication"  A step-up after RFC 9470, which has no claims request.
 *         acrValues?: string                  The authentication context class references that would do, separated by
 *                                             spaces.
 *         maxAge?: string                     How many seconds ago the user may have signed in.
 *
 * GroupEligibility                            An eligibility for a group: `privilegedAccessGroupEligibilitySchedule`,
 *                                             with names and policy.
 *     id?: string                             Id of the schedule.
 *     createdDateTime?: string                When it was made, ISO 8601.
 *     modifiedDateTime?: string               When it was last changed, ISO 8601.
 *     status?: string                         For example `Provisioned`.
 *     groupId?: string = ""                   The group.
 *     GroupName?: string                      Name of the group; null if it cannot be read.
 *     principalId?: string                    Who is eligible: a user, a group or a service principal.
 *     PrincipalName?: string                  Name of the principal; null if it cannot be read.
 *     accessId?: string                       `member` or `owner`: what the principal may become.
 *     memberType?: string                     `direct` or `group`.
 *     scheduleInfo?: any JSON                 Begin and end as the service sends them.
 *     Policy?: any JSON                       The policy for this access to the group, with its rules, as the service
 *                                             sends it; null if there is none or it was not asked for.
 *
 * GroupFailure                                A group that a caller named and whose eligibilities are not told. The
 *                                             other groups are not concerned.
 *     groupId: string                         What the caller named.
 *     error: Error                            Why.
 *
 * GroupListSummary                            What a list over several groups came to.
 *     count: integer                          Number of outputs.
 *     failed: [GroupFailure]                  Groups that the caller named and that do not exist.
 *
 * HostProvider                                A module of the host that may be signed in already.
 *     "az"                                    Azure PowerShell (`Connect-AzAccount`).
 *     "microsoftGraph"                        The Microsoft Graph PowerShell SDK (`Connect-MgGraph`).
 *
 * HttpDetail                                  What is known of the HTTP exchange that failed.
 *     status: integer                         HTTP status code.
 *     requestId?: string                      `request-id` (Graph) or `x-ms-request-id` (ARM) of the answer.
 *     correlationId?: string                  `client-request-id` or `x-ms-correlation-request-id` of the answer.
 *     method: string                          The request's method.
 *     url: string                             The request's address without query.
 *
 * Kind                                        Which service manages the role.
 *     "directory"                             Entra directory roles, through Microsoft Graph.
 *     "resource"                              Azure resource roles, through Azure Resource Manager.
 *
 * ManagedGroup                                A group that Privileged Identity Management can manage: the members of
 *                                             Microsoft Graph's `group` that tell so.
 *     id?: string = ""                        Id of the group.
 *     displayName?: string                    Its name.
 *     onPremisesSyncEnabled?: boolean         `true` if it comes from a directory on premises, `false` if it came from
 *                                             one once, else null.
 *     groupTypes?: [string]                   `Unified` for a Microsoft 365 group.
 *     mailEnabled?: boolean                   Whether it receives mail.
 *     securityEnabled?: boolean               Whether it can be given access.
 *     EligibleAssignment?: [any JSON]         Its eligibility schedules as the service sends them. Absent where they
 *                                             were not asked for.
 *
 * ManagementGroupEligibility                  One eligibility, given at a management group: the service's object with
 *                                             its containers opened.
 *     name?: string                           GUID of the eligibility schedule.
 *     id?: string                             Full id of the eligibility schedule.
 *     type?: string                           Its resource type.
 *     principal: any JSON                     Who is eligible: `id`, `displayName`, `type`, and `email` where there is
 *                                             one.
 *     roleDefinition: any JSON                The role: `id`, `displayName`, `type`.
 *     scope: any JSON                         The management group: `id`, `displayName`, `type`.
 *     Policy: any JSON                        The role's policy at the management group: its `properties` as the
 *                                             service sends them. Null if it was not wanted or cannot be read.
 *
 * Membership                                  The groups of one account.
 *     Id: string                              Object id of the account.
 *     MemberOf?: [any JSON]                   The groups, nearest first and each once: groups with their eligibilities,
 *                                             and groups of permanent membership as the directory has them, their type
 *                                             as `ObjectType`. Null if nobody is eligible for any group of the tenant.
 *
 * MembershipRequest                           Whose memberships, and how far to follow them.
 *     ids: [string]                           Object ids of users, groups or service principals.
 *     transitive?: boolean = false            Whether to follow the groups found into the groups that they are eligible
 *                                             for.
 *     includePermanent?: boolean = false      Whether to follow the groups found also into the groups that they are
 *                                             members of. Only together with `transitive`.
 *     groups?: [any JSON]                     Groups with their eligibilities, as `group.list` gives them with
 *                                             `eligibleOnly`. Nothing is looked up then.
 *
 * Outcome                                     How one role ended.
 *     "Activated"                             The role is in force.
 *     "AlreadyActive"                         The role was in force before; nothing was sent or the service said so.
 *     "SufficientRoleActive"                  Another active role suffices; nothing was sent.
 *     "PendingApproval"                       An approver has to decide.
 *     "Accepted"                              The service took the request and is not finished.
 *     "Scheduled"                             The service took the request for a later start.
 *     "Failed"                                Nothing was activated.
 *     "Planned"                               Only planned.
 *     "Unconfirmed"                           The request was sent, its answer was lost and could not be found again.
 *
 * Policy                                      What a role's policy demands of an activation.
 *     maximumDuration?: string                ISO 8601.
 *     justificationRequired: boolean          A justification is demanded.
 *     ticketRequired: boolean                 Ticket information is demanded.
 *     mfaRequired: boolean                    Multi-factor authentication is demanded.
 *     approvalRequired: boolean               An approver has to decide.
 *     authenticationContext?: string          Authentication context that the token must have.
 *
 * Prompt                                      What the user has to do.
 *     kind: "browser"                         Sign in on a page.
 *         url: string                         The authorize address. It holds no secret, and is of use to this call's
 *                                             listener alone.
 *         opened: boolean                     Whether a browser was opened with it. If not, the host shows the address
 *                                             to the user.
 *         message: string                     A sentence for the user.
 *     kind: "deviceCode"                      Type a code on a page, in a browser on any device.
 *         verificationUri: string             The page, on a host of the token service's.
 *         userCode: string                    The code.
 *         expiresOn: string                   Until when the code is good, RFC 3339 in UTC.
 *         message: string                     A sentence for the user, with page and code.
 *
 * Question                                    What the host has to answer. A host that does not know the question, or
 *                                             has no answer, replies with null.
 *     kind: "token"                           An access token of a session that the host has (a session configured with
 *                                             the credential `host`). The answer is `{"accessToken": "…", "expiresOn":
 *                                             "<RFC 3339, optional>"}` or `{"error": "<why there is none>"}`.
 *         provider: HostProvider              Whose session it is.
 *         resource: string                    What the token is for, as an application id URI: the origin of Graph or
 *                                             of Azure Resource Manager, for example.
 *         tenant: string                      Tenant of the session: an id, a domain, or `organizations`.
 *     kind: "sign"                            A signature by a key that the host holds (a session configured with the
 *                                             credential `hostCertificate`). The answer is `{"signature": "<base64>"}`
 *                                             or `{"error": "<why there is none>"}`.
 *         algorithm: string                   `PS256`: RSASSA-PSS with SHA-256 and a salt of 32 bytes (RFC 7518 section
 *                                             3.5).
 *         input: string                       The bytes to sign, in base64.
 *         thumbprint: string                  The certificate's SHA-1 thumbprint, in upper case hexadecimal digits, as
 *                                             Windows shows it.
 *     kind: "redirectUrl"                     The address of the page at the end of the sign-in that the last `browser`
 *                                             prompt is about, where that page cannot be reached: the browser runs on
 *                                             another computer than this call, or in another network. The answer is
 *                                             that address as a JSON string, or the part of it behind the question
 *                                             mark. It is a secret: keep it off the screen and out of logs. The call
 *                                             goes on listening meanwhile, and withdraws the question (`withdrawn`)
 *                                             when the browser comes by itself. What cannot be used is answered with
 *                                             the warning `RedirectUrlRefused` and the same question again. Null says
 *                                             that nobody can be asked.
 *         message: string                     A sentence for the user.
 *
 * RejectedChallenge                           Something that must not be forwarded.
 *     reason: string                          One stable word.
 *     message: string                         The reason as a sentence.
 *     foundIn: FoundIn                        Where it was found.
 *
 * ResourcePolicyChange                        What to change in the policy of an Azure role. A setting that is absent
 *                                             stays as it is.
 *     scope: string                           Resource id of the scope, with or without slash at either end.
 *     roleName?: string                       Name of the role; either this or `roleId`.
 *     roleId?: string                         GUID or full id of the role definition.
 *     requireJustification?: boolean          An activation needs a justification.
 *     requireAuthenticationContext?: boolean  An activation needs an authentication context. Without it, naming a
 *                                             context means that it is needed.
 *     authenticationContextId?: string        The context, for example `c1`.
 *     requireApproval?: boolean               Somebody has to approve an activation.
 *     approverGroupIds?: [string]             Object ids of the groups whose members approve: all of them, an empty
 *                                             list for none.
 *     approverUserIds?: [string]              Object ids of the users who approve: all of them, an empty list for none.
 *     allowPermanentAssignment?: boolean      An eligibility may have no end.
 *     maximumEligibleDuration?: string        Longest eligibility that has an end, an ISO 8601 duration.
 *     plan?: boolean = false                  Say what would change, and change nothing.
 *
 * ResourcePolicyProperties                    The policy's `properties` as Azure Resource Manager sends them: `rules`,
 *                                             `effectiveRules`, and what else it says.
 *     object
 *
 * ResourcePolicySettings                      What can be set in the policy of an Azure role.
 *     requireJustification: boolean           An activation needs a justification.
 *     requireAuthenticationContext: boolean   An activation needs an authentication context.
 *     authenticationContextId?: string        The context, for example `c1`; null where none is needed.
 *     requireApproval: boolean                Somebody has to approve an activation.
 *     approverGroupIds: [string]              Object ids of the groups whose members approve.
 *     approverUserIds: [string]               Object ids of the users who approve.
 *     allowPermanentAssignment: boolean       An eligibility may have no end.
 *     maximumEligibleDuration?: string        Longest eligibility that has an end, an ISO 8601 duration.
 *
 * ResourcePolicyUpdate                        A policy before and after its change.
 *     policyId?: string                       Full id of the policy.
 *     policyName?: string                     Last part of the id.
 *     scope: string                           The scope, as the service writes it.
 *     roleName: string                        Name of the role.
 *     roleDefinitionId: string                Full id of the role definition.
 *     before: ResourcePolicySettings          The settings as they were.
 *     after: ResourcePolicySettings           The settings as they are now; in a plan, as they would be.
 *     changes: [Difference]                   What is different.
 *     sent: boolean                           Whether the change was sent: not in a plan, and not where nothing is
 *                                             different.
 *     lastModifiedDateTime?: string           When the policy was last changed, as the service says.
 *
 * ResourceRoleDefinition                      A role that can be assigned at a scope.
 *     RoleName: string                        Its name.
 *     Description?: string                    What it allows.
 *     Id: string                              The GUID.
 *     roleDefinitionId: string                Full id, as policies and assignments name the role at the scope.
 *
 * RoleEntry                                   One eligible or active role of the user.
 *     kind: Kind                              Which service manages the role.
 *     state: State                            Eligible or active.
 *     roleName?: string                       Display name of the role; absent where the service does not tell it.
 *     roleDefinitionId: string                As the service writes it: an id (directory), a full resource id
 *                                             (resource).
 *     scope: string                           As the service writes it: `/`, `/administrativeUnits/{id}`,
 *                                             `/{objectId}`, or an ARM resource id with leading slash.
 *     scopeName?: string                      Display name of the scope; absent where the user may not read it.
 *     scopeType: string                       `directory`, `administrativeUnit`, another directory object's type, or
 *                                             ARM's `managementgroup`, `subscription`, `resourcegroup`, `resource`.
 *     principalId: string                     Object id of who holds it: the user, or a group that the user is in.
 *     principalName?: string                  Display name of the principal, where known.
 *     memberType?: string                     `Direct`, `Group` or `Inherited`.
 *     assignmentType?: string                 Active roles: `Assigned` or `Activated`.
 *     status?: string                         The schedule's status in the service's words.
 *     startDateTime?: string                  Begin, ISO 8601.
 *     endDateTime?: string                    End, ISO 8601; absent means permanent.
 *     scheduleId: string                      Id of the schedule.
 *     raw: any JSON                           The service's object as it came.
 *
 * RoleSelector                                Names one role to activate. At least one of name, role definition and
 *                                             schedule is needed.
 *     name?: string                           Display name: exact (case does not matter), else a part that fits one
 *                                             role only.
 *     roleDefinitionId?: string               Id of the role definition; for resource roles the full id or its GUID.
 *     scope?: string                          Scope id or scope name. A resource role may be activated at a scope below
 *                                             the eligible one.
 *     scheduleId?: string                     Id of the eligibility schedule.
 *
 * ScopeFailure                                A scope whose list could not be read, or not to its end. The other scopes
 *                                             are not concerned.
 *     scope: string                           Resource id of the scope.
 *     error: Error                            Why.
 *
 * ScopeListSummary                            What a list over several scopes came to.
 *     count: integer                          Number of outputs.
 *     failed: [ScopeFailure]                  Scopes that are missing in the outputs, or not whole in them. Empty if
 *                                             all was read.
 *
 * ServiceDetail                               The service's own error code and words.
 *     code: string                            For example `RoleAssignmentRequestPolicyValidationFailed` or
 *                                             `AADSTS50076`.
 *     message: string                         The service's message, shortened to 2,000 characters.
 *
 * State                                       Which of the user's roles are meant.
 *     "eligible"                              Roles that the user may activate.
 *     "active"                                Roles that the user holds, permanently or activated.
 *
 * SubscriptionEligibility                     One eligibility, given in a subscription or below it.
 *     PrincipalName?: string                  Display name of who is eligible.
 *     PrincipalEmail?: string                 Mail address or user principal name of who is eligible.
 *     PrincipalType?: string                  `User`, `Group` or `ServicePrincipal`.
 *     PrincipalId?: string                    Object id of who is eligible.
 *     RoleName?: string                       Name of the role.
 *     RoleType?: string                       `BuiltInRole` or `CustomRole`.
 *     RoleId?: string                         Full id of the role definition.
 *     ScopeId?: string                        Resource id of the scope.
 *     ScopeName?: string                      Display name of the scope.
 *     ScopeType?: string                      `subscription`, `resourcegroup` or the resource's type.
 *     Status?: string                         Status of the eligibility, for example `Provisioned`.
 *     createdOn?: string                      When it was made.
 *     startDateTime?: string                  Its begin.
 *     endDateTime: string                     Its end, or `permanent`.
 *     updatedOn?: string                      When it was changed last.
 *     memberType: string                      `Direct`.
 *     id?: string                             Full id of the eligibility schedule.
 *
 * Ticket                                      Ticket information for policies that demand it.
 *     number?: string = ""                    Number of the ticket.
 *     system?: string = ""                    System that holds the ticket.
 *
 * Timeouts                                    How long each stage may take, in seconds.
 *     connectSeconds?: integer = 15           Until the connection stands.
 *     requestSeconds?: integer = 100          Until a request is answered in full.
 *     signInSeconds?: integer = 300           Until the user has finished on the sign-in page.
 *     throttleSeconds?: integer = 300         All waiting that services ask for (429, 503) in one call. 0: a service
 *                                             that asks for it is an error.
 *     identitySeconds?: integer = 30          Until an endpoint of this machine has answered for a managed identity.
 *     programSeconds?: integer = 60           Until the Azure CLI or the Azure Developer CLI has given a token.
 *
 * TokenSummary                                What a host may show of a token.
 *     resource: string                        `graph`, `arm`, or the API's application id URI.
 *     clientId: string                        Application id of the client that asked.
 *     scopes: [string]                        Granted scopes.
 *     expiresOn: string                       End of its life, RFC 3339 in UTC.
 *     authenticationContexts: [string]        Authentication contexts that it carries.
 *     refreshable: boolean                    Whether it can be renewed without the user.
 *
 * WriteDetail                                 How far a write had come when its call ended early.
 *     target: string                          What the write was about, in words.
 *     state: string                           `notSent`, `sent` (no answer seen: the service may have acted) or
 *                                             `answered`.
 *
 *   ERROR CODES
 *
 * The `code` of a failure, its `category`, and what it means. New codes may come; codes never change their meaning.
 *
 *   InvalidConfiguration  (InvalidArgument)   The session's configuration is not usable.
 *   InvalidRequest  (InvalidArgument)         The request of an operation is malformed or has an unknown field.
 *   UnknownOperation  (InvalidArgument)       No operation has this name.
 *   ChallengeMalformed  (InvalidData)         Something looks like a claims challenge but must not be forwarded.
 *   ChallengeNotFound  (InvalidArgument)      The input holds no claims challenge.
 *   ChallengeUnsatisfied  (AuthenticationError)
 *                                             The service still refuses after the sign-in that it asked for.
 *   BrowserUnavailable  (ResourceUnavailable)
 *                                             No browser could be opened for the sign-in.
 *   SignInTimeout  (OperationTimeout)         Nobody finished the sign-in in time.
 *   SignInCancelled  (OperationStopped)       The sign-in page was closed or cancelled.
 *   SignInFailed  (AuthenticationError)       The token service refused the sign-in.
 *   SignInStateMismatch  (SecurityError)      The answer of the browser does not belong to this sign-in.
 *   SignInRequired  (AuthenticationError)     There is no session and the host cannot show a sign-in.
 *   CredentialUnsuited  (AuthenticationError)
 *                                             The session's credential cannot do what was asked; another one could.
 *   ConsentDenied  (PermissionDenied)         The user declined the permissions.
 *   ConsentRequired  (PermissionDenied)       The application lacks consent for a permission.
 *   ConditionalAccessBlocked  (PermissionDenied)
 *                                             A Conditional Access policy blocks the token.
 *   AccountMismatch  (SecurityError)          Another account than the expected one signed in.
 *   TenantMismatch  (SecurityError)           The token belongs to another tenant than the expected one.
 *   HostNotAllowed  (SecurityError)           A token would go to a host outside the session's cloud.
 *   RoleNotEligible  (ObjectNotFound)         The user is not eligible for the named role.
 *   RoleAmbiguous  (InvalidArgument)          The name fits several roles or scopes.
 *   RoleNotFound  (ObjectNotFound)            No role has the name or id.
 *   ScopeNotFound  (ObjectNotFound)           No subscription, management group, resource group or resource has the id,
 *                                             or the user may not see it.
 *   GroupNotFound  (ObjectNotFound)           No group has the id, or the user may not see it.
 *   PrincipalNotFound  (ObjectNotFound)       No user, group or service principal of the tenant has the id.
 *   PolicyNotFound  (ObjectNotFound)          The role has no policy at the scope.
 *   PolicyContradiction  (InvalidArgument)    The wanted policy contradicts itself or what stays of the present one.
 *   DurationTooLong  (InvalidArgument)        The duration is above the maximum of the role's policy.
 *   DurationInvalid  (InvalidArgument)        The duration is not a positive ISO 8601 duration of at least five
 *                                             minutes.
 *   JustificationRequired  (InvalidArgument)  The role's policy demands a justification.
 *   TicketRequired  (InvalidArgument)         The role's policy demands ticket information.
 *   MfaRequired  (AuthenticationError)        The role's policy demands multi-factor authentication.
 *   PolicyViolation  (InvalidOperation)       The service refused the request by a policy rule.
 *   RoleAssignmentExists  (InvalidOperation)  The role is active already.
 *   PendingRequestExists  (InvalidOperation)  An earlier request for the role is undecided, or begins later.
 *   ActivationFailed  (InvalidOperation)      The service ended the request without activating the role.
 *   ActivationTimeout  (OperationTimeout)     The request was accepted but was not provisioned in time.
 *   AccessDenied  (PermissionDenied)          The service answered 403.
 *   Unauthorized  (AuthenticationError)       The service answered 401 without a claims challenge.
 *   NotFound  (ObjectNotFound)                The service answered 404.
 *   Conflict  (InvalidOperation)              The service answered 409.
 *   BadRequest  (InvalidOperation)            The service refused the request as wrong.
 *   Throttled  (LimitsExceeded)               The service asked for fewer requests for longer than the budget allows.
 *   ServiceUnavailable  (ResourceUnavailable)
 *                                             The service answered with a server error.
 *   UnexpectedResponse  (InvalidData)         The answer is not what the service's contract says.
 *   PageLoop  (InvalidData)                   A list's next link points at a page that was already read.
 *   ConnectionFailed  (ConnectionError)       The connection could not be made or was cut.
 *   NameNotResolved  (ConnectionError)        The host's name could not be resolved.
 *   TlsFailed  (SecurityError)                The server's certificate is not trusted or TLS failed.
 *   ConnectTimeout  (OperationTimeout)        No connection stood in time.
 *   RequestTimeout  (OperationTimeout)        The service did not answer in time.
 *   ProgramTimeout  (OperationTimeout)        The Azure CLI or the Azure Developer CLI did not give a token in time.
 *   ProxyAuthenticationRequired  (AuthenticationError)
 *                                             The proxy wants a user name and a password, or others than it was given.
 *   ProxyRefused  (ConnectionError)           The proxy refuses to connect to the service.
 *   CaptivePortal  (ConnectionError)          A captive portal or a proxy seems to answer in the service's place.
 *   Cancelled  (OperationStopped)             The caller cancelled the call.
 *   Internal  (NotSpecified)                  A fault of this library.
 */

#ifndef PIM_STEPUP_H
#define PIM_STEPUP_H

#include <stdint.h>

/**
 * Done, or for `pim_call_next`: nothing has happened within the time given.
 */
#define PIM_OK 0

/**
 * `pim_call_next` handed over an event; more follow.
 */
#define PIM_EVENT 1

/**
 * `pim_call_next` handed over the final event, `done` or `failed`; nothing follows.
 */
#define PIM_FINAL 2

/**
 * A pointer that must not be null is null.
 */
#define PIM_ERROR_NULL (-1)

/**
 * No such handle: never given out, of the other kind, or freed.
 */
#define PIM_ERROR_HANDLE (-2)

/**
 * A text is not UTF-8.
 */
#define PIM_ERROR_UTF8 (-3)

/**
 * The answer is malformed, or no question with its number is open.
 */
#define PIM_ERROR_ANSWER (-4)

/**
 * A fault inside the library. The next call that the same thread starts tells its text in a warning `LibraryFault`.
 */
#define PIM_ERROR_PANIC (-5)

/**
 * The call has ended and its final event has been taken.
 */
#define PIM_ERROR_ENDED (-6)

/**
 * An input is longer than its limit.
 */
#define PIM_ERROR_TOO_LONG (-7)

/**
 * Version of the ABI that this header describes.
 */
#define PIM_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The ABI version of the loaded library. It grows when something that worked before works differently; new functions,
 * operations, fields and events do not change it. Compare it with `PIM_ABI_VERSION`.
 */
uint32_t pim_abi_version(void);

/**
 * The version of the library, as text that ends with a zero. It is valid for ever and must not be freed.
 */
const char *pim_version(void);

/**
 * Makes a session: one user of one tenant in one cloud, with its sign-in and its tokens in memory. Nothing is sent and no
 * thread is started.
 *
 * `config` is `len` bytes of JSON, at most 1 MiB, read before the function returns; length 0 stands for `{}`. What is wrong
 * in it is reported by the first call as the failure `InvalidConfiguration`.
 * `*session` is written on success only, and is then to be freed once with `pim_session_free`.
 *
 * Returns `PIM_OK`, `PIM_ERROR_NULL`, `PIM_ERROR_UTF8`, `PIM_ERROR_TOO_LONG`.
 */
int32_t pim_session_new(const uint8_t *config,
                        uint32_t len,
                        uint64_t *session);

/**
 * Frees a session. Its calls go on and keep what they need; the tokens and threads are gone when the last of them is freed.
 *
 * Returns `PIM_OK`, `PIM_ERROR_HANDLE`.
 */
int32_t pim_session_free(uint64_t session);

/**
 * Starts an operation in the background and returns at once.
 *
 * `operation` is its name, `request` its request as JSON (length 0 stands for `{}`, at most 64 MiB); both are copied.
 * Whatever is wrong with them is reported as the `failed` event of the call.
 * `*call` is written on success only, and is then to be freed once with `pim_call_free`.
 *
 * Returns `PIM_OK`, `PIM_ERROR_NULL`, `PIM_ERROR_HANDLE`, `PIM_ERROR_UTF8`, `PIM_ERROR_TOO_LONG`.
 */
int32_t pim_call_start(uint64_t session,
                       const uint8_t *operation,
                       uint32_t operation_len,
                       const uint8_t *request,
                       uint32_t request_len,
                       uint64_t *call);

/**
 * Answers an operation at once if its reply is known already, such as a token that the session has, and starts nothing.
 *
 * `operation` and `request` are as with `pim_call_start`. The reply, as the `done` event has it in `value`, is written to the `capacity`
 * bytes at `reply`: JSON in UTF-8 without a terminating zero. It may hold a token; wipe it after use.
 *
 * Returns the reply's length in bytes; `PIM_OK` if nothing is at hand, if it does not fit, or if something is wrong with operation or
 * request: `pim_call_start` then does the work, or tells what is wrong. Else `PIM_ERROR_NULL`, `PIM_ERROR_HANDLE`, `PIM_ERROR_UTF8`,
 * `PIM_ERROR_TOO_LONG`.
 */
int32_t pim_call_at_hand(uint64_t session,
                         const uint8_t *operation,
                         uint32_t operation_len,
                         const uint8_t *request,
                         uint32_t request_len,
                         uint8_t *reply,
                         uint32_t capacity);

/**
 * Takes the call's next event, waiting for it on the calling thread for at most `timeout_ms` milliseconds; 0 looks once.
 *
 * On `PIM_EVENT` and `PIM_FINAL`, and on these alone, `*event` and `*len` are written: JSON in UTF-8 without a terminating zero,
 * to be freed with `pim_buffer_free`. A call has exactly one final event, also when it was cancelled.
 *
 * Returns `PIM_EVENT`, `PIM_FINAL`, `PIM_OK` (nothing yet), `PIM_ERROR_NULL`, `PIM_ERROR_HANDLE` (also when the call is freed
 * meanwhile), `PIM_ERROR_ENDED`.
 */
int32_t pim_call_next(uint64_t call,
                      uint32_t timeout_ms,
                      uint8_t **event,
                      uint32_t *len);

/**
 * Answers a question of the call (event `ask`) with the JSON `{"id": <its number>, "answer": <anything>}` of at most 16 MiB, which is
 * copied.
 *
 * Returns `PIM_OK`, `PIM_ERROR_NULL`, `PIM_ERROR_HANDLE`, `PIM_ERROR_UTF8`, `PIM_ERROR_ANSWER`, `PIM_ERROR_ENDED`,
 * `PIM_ERROR_TOO_LONG`.
 */
int32_t pim_call_reply(uint64_t call,
                       const uint8_t *answer,
                       uint32_t len);

/**
 * Asks the call to end. Its final event follows soon: `failed` with `Cancelled`, or what it had come to before. To cancel a call
 * that has ended, or twice, does no harm.
 *
 * Returns `PIM_OK`, `PIM_ERROR_HANDLE`.
 */
int32_t pim_call_cancel(uint64_t call);

/**
 * Frees a call, and cancels it if it is still running. Events not taken yet are dropped; a thread that waits in
 * `pim_call_next` is sent away with `PIM_ERROR_HANDLE`. Events taken before stay valid until `pim_buffer_free`.
 *
 * Returns `PIM_OK`, `PIM_ERROR_HANDLE`.
 */
int32_t pim_call_free(uint64_t call);

/**
 * Wipes and frees an event that `pim_call_next` handed over, with the length that came with it.
 *
 * Null is fine. A pointer that is no live buffer of this library, or a wrong length, frees nothing.
 */
void pim_buffer_free(uint8_t *buffer, uint32_t len);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PIM_STEPUP_H */
