using Microsoft.Graph;
using Microsoft.Graph.Authentication;
using Microsoft.Graph.DirectoryObjects.GetByIds;
using Microsoft.Graph.Models;
using Microsoft.Graph.Models.ODataErrors;
using Microsoft.Kiota.Abstractions;
using MyEligibilities = Microsoft.Graph.RoleManagement.DirectoryNamespace.RoleEligibilityScheduleInstances.FilterByCurrentUserWithOn.FilterByCurrentUserWithOnGetResponse;

namespace PIMStepUp.Interop;

/// <summary>The Microsoft Graph SDK: it reads every member of an answer into a typed model, and every error into ODataError.</summary>
internal static class GraphSdk
{
    private const string GlobalReader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
    private const string MessageCenterReader = "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b";

    public static IEnumerable<Case> Cases(Emulator emulator)
    {
        var user = new UserCredential(emulator, Emulator.GraphClient);
        var http = GraphClientFactory.Create(finalHandler: emulator.Handler());
        var provider = new AzureIdentityAuthenticationProvider(user, ["localhost"], null, true, MsalPublicClient.GraphScopes(emulator));
        var graph = new GraphServiceClient(http, provider, $"{emulator.Graph}/v1.0");
        var roles = graph.RoleManagement.Directory;

        yield return new("reads who is signed in", async () =>
        {
            var me = await graph.Me.GetAsync();
            Check.Equal(emulator.AdeleId, me?.Id, "id");
            Check.Equal(Emulator.Adele, me?.UserPrincipalName, "user principal name");
        });

        yield return new("lists eligibilities with their roles, page by page", async () =>
        {
            var first = await roles.RoleEligibilityScheduleInstances.FilterByCurrentUserWithOn("principal").GetAsFilterByCurrentUserWithOnGetResponseAsync(
                request => request.QueryParameters.Expand = ["roleDefinition"]);
            Check.Equal(7, first?.Value?.Count, "entries on the first page");
            var names = new List<string?>();
            var pages = PageIterator<UnifiedRoleEligibilityScheduleInstance, MyEligibilities>.CreatePageIterator(
                graph, first!, entry => { names.Add(entry.RoleDefinition?.DisplayName); return true; });
            await pages.IterateAsync();
            Check.Equal(PagingState.Complete, pages.State, "state of the iterator");
            Check.Equal(24, names.Count, "roles that Adele is eligible for now");
            Check.That(names.Contains("Global Reader") && !names.Contains(null), "every entry has its role");
        });

        yield return new("lists role definitions with a filter", async () =>
        {
            var found = await roles.RoleDefinitions.GetAsync(request => request.QueryParameters.Filter = "displayName eq 'Global Reader'");
            Check.Equal(GlobalReader, found?.Value?.Single().Id, "role");
            var all = await roles.RoleDefinitions.GetAsync();
            var count = 0;
            bool Count(UnifiedRoleDefinition role) => ++count > 0;
            await PageIterator<UnifiedRoleDefinition, UnifiedRoleDefinitionCollectionResponse>.CreatePageIterator(graph, all!, Count).IterateAsync();
            Check.Equal(25, count, "role definitions");
        });

        yield return new("reads a policy's rules into their types", async () =>
        {
            var policies = await graph.Policies.RoleManagementPolicyAssignments.GetAsync(request =>
            {
                request.QueryParameters.Filter = $"scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '{GlobalReader}'";
                request.QueryParameters.Expand = ["policy($expand=rules)"];
            });
            var rules = policies?.Value?.Single().Policy?.Rules ?? [];
            var context = rules.OfType<UnifiedRoleManagementPolicyAuthenticationContextRule>().Single();
            Check.Equal("c1", context.ClaimValue, "authentication context");
            var expiration = rules.OfType<UnifiedRoleManagementPolicyExpirationRule>().Single(rule => rule.Id == "Expiration_EndUser_Assignment");
            Check.That(expiration.MaximumDuration > TimeSpan.Zero, "the longest activation is read as a duration");
            Check.That(rules.OfType<UnifiedRoleManagementPolicyApprovalRule>().Any(), "the approval rule");
        });

        yield return new("activates a role that wants nothing special", async () =>
        {
            var answer = await roles.RoleAssignmentScheduleRequests.PostAsync(Activation(emulator, MessageCenterReader));
            Check.That(answer?.Status is "Provisioned" or "Granted" or "PendingProvisioning", $"status `{answer?.Status}`");
            Check.Equal(UnifiedRoleScheduleRequestActions.SelfActivate, answer?.Action, "action");
            Check.That(answer?.ScheduleInfo?.Expiration?.Duration == TimeSpan.FromMinutes(30), "duration");
        });

        yield return new("reads the refusal of a role with an authentication context", async () =>
        {
            var refusal = await Check.Throws<ODataError>(
                () => roles.RoleAssignmentScheduleRequests.PostAsync(Activation(emulator, GlobalReader)), "activation with a weak token");
            Check.Equal("RoleAssignmentRequestAcrsValidationFailed", refusal.Error?.Code, "code");
            Check.Equal(400, refusal.ResponseStatusCode, "status");
            Check.Contains("&claims=", refusal.Error?.Message, "message");
            Check.That(!string.IsNullOrEmpty(refusal.Error?.InnerError?.RequestId), "the request id of the inner error");
            Check.That(refusal.Error?.InnerError?.Date is not null, "the date of the inner error");
            // What this library's users do today: cut the claims out of the message.
            var text = refusal.Error!.Message!;
            user.Claims = Uri.UnescapeDataString(text[(text.IndexOf("&claims=", StringComparison.Ordinal) + "&claims=".Length)..]);
        });

        yield return new("activates it with the token that these claims give", async () =>
        {
            var answer = await roles.RoleAssignmentScheduleRequests.PostAsync(Activation(emulator, GlobalReader));
            Check.Equal(GlobalReader, answer?.RoleDefinitionId, "role");
            var again = await roles.RoleAssignmentScheduleRequests[answer!.Id].GetAsync();
            Check.That(again?.Status is "Provisioned" or "Granted", $"status `{again?.Status}`");
            var active = await roles.RoleAssignmentScheduleInstances.GetAsync(
                request => request.QueryParameters.Filter = $"principalId eq '{emulator.AdeleId}' and roleDefinitionId eq '{GlobalReader}'");
            Check.Equal("Activated", active?.Value?.Single().AssignmentType, "assignment type");
            Check.That(active?.Value?.Single().EndDateTime > DateTimeOffset.UtcNow, "it ends in the future");
        });

        yield return new("sends a batch and takes its answers in any order", async () =>
        {
            var batch = new BatchRequestContentCollection(graph);
            var me = await batch.AddBatchRequestStepAsync(graph.Me.ToGetRequestInformation());
            var role = await batch.AddBatchRequestStepAsync(roles.RoleDefinitions[GlobalReader].ToGetRequestInformation());
            var missing = await batch.AddBatchRequestStepAsync(roles.RoleDefinitions[Guid.Empty.ToString()].ToGetRequestInformation());
            var answers = await graph.Batch.PostAsync(batch);
            Check.Equal(Emulator.Adele, (await answers.GetResponseByIdAsync<User>(me)).UserPrincipalName, "first answer");
            Check.Equal("Global Reader", (await answers.GetResponseByIdAsync<UnifiedRoleDefinition>(role)).DisplayName, "second answer");
            var refusal = await Check.Throws<ServiceException>(() => answers.GetResponseByIdAsync<UnifiedRoleDefinition>(missing), "third answer");
            Check.Equal(404, refusal.ResponseStatusCode, "status of the third");
        });

        yield return new("reads directory objects into their types", async () =>
        {
            var found = await graph.DirectoryObjects.GetByIds.PostAsGetByIdsPostResponseAsync(new GetByIdsPostRequestBody
            {
                Ids = [emulator.AdeleId, "4b7e9c2d-8a15-4f3e-9d60-5e1c7a3b2f99", "2d8f6b3a-91c4-4e7d-b5a0-6c3e1f9d8a88"],
                Types = ["user", "group", "administrativeUnit"],
            });
            Check.Equal("Adele Vance", found?.Value?.OfType<User>().Single().DisplayName, "user");
            Check.Equal("Security Operations", found?.Value?.OfType<Group>().Single().DisplayName, "group");
            Check.Equal("Sales EMEA", found?.Value?.OfType<AdministrativeUnit>().Single().DisplayName, "administrative unit");
        });

        yield return new("lists groups that one is eligible for", async () =>
        {
            var found = await graph.IdentityGovernance.PrivilegedAccess.Group.EligibilitySchedules.GetAsync(
                request => request.QueryParameters.Filter = $"principalId eq '{emulator.AdeleId}'");
            Check.That(found?.Value?.Exists(entry => entry.AccessId == PrivilegedAccessGroupRelationships.Member) == true, "a membership");
        });

        yield return new("reads authentication contexts", async () =>
        {
            var found = await graph.Identity.ConditionalAccess.AuthenticationContextClassReferences.GetAsync();
            Check.Contains("c1", string.Join(' ', found?.Value?.Select(context => context.Id) ?? []), "ids");
        });

        yield return new("answers a claims challenge after a revocation", async () =>
        {
            user.Claims = null;
            await graph.Me.GetAsync();
            await emulator.Control($"/users/{Emulator.Adele}/revoke", new { });
            var me = await graph.Me.GetAsync();
            Check.Equal(Emulator.Adele, me?.UserPrincipalName, "user");
            Check.Contains("\"nbf\"", string.Join(' ', user.ClaimsAsked), "claims that the library asked a token with");
        });

        yield return new("waits as long as Retry-After says and tries again", async () =>
        {
            await emulator.Control("/faults", new { service = "graph", status = 429, headers = new Dictionary<string, string> { ["Retry-After"] = "1" } });
            var me = await graph.Me.GetAsync();
            Check.Equal(Emulator.Adele, me?.UserPrincipalName, "user");
            Check.Equal(2, (await emulator.Journal()).Count(entry => entry.Path.EndsWith("/me", StringComparison.Ordinal)), "requests");
        });
    }

    private static UnifiedRoleAssignmentScheduleRequest Activation(Emulator emulator, string role) => new()
    {
        Action = UnifiedRoleScheduleRequestActions.SelfActivate,
        PrincipalId = emulator.AdeleId,
        RoleDefinitionId = role,
        DirectoryScopeId = "/",
        Justification = "interop",
        ScheduleInfo = new RequestSchedule
        {
            StartDateTime = DateTimeOffset.UtcNow,
            Expiration = new ExpirationPattern { Type = ExpirationPatternType.AfterDuration, Duration = TimeSpan.FromMinutes(30) },
        },
    };
}
