using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.ResourceManager;

namespace PIMStepUp.Interop;

/// <summary>
/// Azure.ResourceManager. Its typed library for roles, Azure.ResourceManager.Authorization, is a package of its own; the calls go
/// through the same client, pipeline and token policy that it is made of.
/// </summary>
internal static class ResourceManager
{
    private const string Production = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
    private const string Contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    private const string Reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

    public static IEnumerable<Case> Cases(Emulator emulator)
    {
        var user = new UserCredential(emulator, Emulator.ArmClient);
        // The public cloud's audience: the token is good for the emulator's Azure Resource Manager as for the real one.
        var options = new ArmClientOptions
        {
            Environment = new ArmEnvironment(new Uri(emulator.Arm), "https://management.azure.com/"),
            Transport = new HttpClientTransport(emulator.Http),
        };
        var client = new ArmClient(user, null, options);
        var scope = new Scope(client, new ResourceIdentifier(Production));
        string? eligibility = null;

        yield return new("lists subscriptions", async () =>
        {
            var names = new List<string>();
            await foreach (var subscription in client.GetSubscriptions().GetAllAsync())
            {
                names.Add(subscription.Data.DisplayName);
                Check.Equal(emulator.TenantId, subscription.Data.TenantId?.ToString(), "tenant");
            }
            Check.That(names.Contains("Contoso Development"), $"Adele sees the subscription where she is a Reader, not only {string.Join(", ", names)}");
        });

        yield return new("lists eligibilities, page by page", async () =>
        {
            var found = new List<JsonElement>();
            await foreach (var entry in scope.List("roleEligibilityScheduleInstances", "&$filter=asTarget()"))
            {
                found.Add(entry);
            }
            var contributor = found.Where(entry => entry.GetProperty("properties").GetProperty("roleDefinitionId").GetString()!.EndsWith(Contributor, StringComparison.Ordinal)).ToList();
            Check.That(found.Count >= 4, $"{found.Count} eligibilities");
            eligibility = contributor.First(entry => entry.GetProperty("properties").GetProperty("scope").GetString() == Production)
                .GetProperty("properties").GetProperty("roleEligibilityScheduleId").GetString();
        });

        yield return new("answers the challenge of mandatory MFA by itself, and reads PIM's refusal", async () =>
        {
            var refusal = await Check.Throws<RequestFailedException>(() => scope.Activate(emulator.AdeleId, Contributor, eligibility), "activation without c1");
            Check.Contains("\"p1\"", string.Join(' ', user.ClaimsAsked), "claims that the library asked a token with");
            Check.Equal(400, refusal.Status, "status");
            Check.Equal("RoleAssignmentRequestAcrsValidationFailed", refusal.ErrorCode, "code");
            Check.Contains("&claims=", refusal.Message, "message");
            Check.Equal("401 400", string.Join(' ', (await emulator.Journal()).Where(entry => entry.Method == "PUT").Select(entry => entry.Status)), "answers");
        });

        yield return new("activates a role with the stronger token", async () =>
        {
            user.Claims = MsalPublicClient.C1;
            // A client of its own: the first one's token policy has the weaker token in its cache.
            var strong = new Scope(new ArmClient(user, null, options), new ResourceIdentifier(Production));
            var answer = await strong.Activate(emulator.AdeleId, Contributor, eligibility);
            Check.Equal("SelfActivate", answer.GetProperty("properties").GetProperty("requestType").GetString(), "request type");
            Check.Contains(Contributor, answer.GetProperty("properties").GetProperty("roleDefinitionId").GetString(), "role");
        });

        yield return new("an unknown subscription is 404 with its code", async () =>
        {
            var nowhere = new Scope(client, new ResourceIdentifier($"/subscriptions/{Guid.Empty}"));
            var refusal = await Check.Throws<RequestFailedException>(async () =>
            {
                await foreach (var _ in nowhere.List("roleEligibilityScheduleInstances", "&$filter=asTarget()"))
                {
                }
            }, "unknown subscription");
            Check.Equal("SubscriptionNotFound", refusal.ErrorCode, "code");
        });

        yield return new("hands a revocation to the application", async () =>
        {
            // Azure Resource Manager says `invalid_token` there; the library answers challenges that say `insufficient_claims`.
            await emulator.Control($"/users/{Emulator.Adele}/revoke", new { });
            var refusal = await Check.Throws<RequestFailedException>(() => scope.Activate(emulator.AdeleId, Reader, eligibility), "revoked session");
            Check.Equal(401, refusal.Status, "status");
            Check.That(refusal.GetRawResponse()!.Headers.TryGetValue("WWW-Authenticate", out var challenge), "the challenge is there");
            Check.Contains("claims=\"", challenge, "challenge");
        });
    }

    /// <summary>A scope with what Azure's generated libraries use: the client's own pipeline and endpoint.</summary>
    private sealed class Scope(ArmClient client, ResourceIdentifier id) : ArmResource(client, id)
    {
        public async IAsyncEnumerable<JsonElement> List(string type, string query)
        {
            var next = $"{Address(type)}?api-version=2020-10-01{query}";
            while (next is not null)
            {
                var page = await Send(RequestMethod.Get, next, null);
                foreach (var entry in page.GetProperty("value").EnumerateArray())
                {
                    yield return entry;
                }
                next = page.TryGetProperty("nextLink", out var link) ? link.GetString() : null;
            }
        }

        public Task<JsonElement> Activate(string principal, string role, string? eligibility) =>
            Send(RequestMethod.Put, $"{Address("roleAssignmentScheduleRequests")}/{Guid.NewGuid()}?api-version=2020-10-01", new
            {
                properties = new
                {
                    principalId = principal,
                    roleDefinitionId = $"{Id}/providers/Microsoft.Authorization/roleDefinitions/{role}",
                    requestType = "SelfActivate",
                    linkedRoleEligibilityScheduleId = eligibility,
                    justification = "interop",
                    scheduleInfo = new { startDateTime = DateTimeOffset.UtcNow, expiration = new { type = "AfterDuration", duration = "PT1H" } },
                },
            });

        private string Address(string type) => $"{Endpoint.AbsoluteUri.TrimEnd('/')}{Id}/providers/Microsoft.Authorization/{type}";

        private async Task<JsonElement> Send(RequestMethod method, string address, object? body)
        {
            using var message = Pipeline.CreateMessage();
            message.Request.Method = method;
            message.Request.Uri.Reset(new Uri(address));
            message.Request.Headers.Add("Accept", "application/json");
            if (body is not null)
            {
                message.Request.Headers.Add("Content-Type", "application/json");
                message.Request.Content = RequestContent.Create(BinaryData.FromObjectAsJson(body));
            }
            await Pipeline.SendAsync(message, CancellationToken.None);
            if (message.Response.IsError)
            {
                throw new RequestFailedException(message.Response);
            }
            return message.Response.Content.ToObjectFromJson<JsonElement>();
        }
    }
}
