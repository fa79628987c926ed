using Microsoft.Identity.Client;

namespace PIMStepUp.Interop;

/// <summary>What MSAL.NET makes of the emulator's refusals: applications branch on these properties.</summary>
internal static class MsalRefusals
{
    public static IEnumerable<Case> Cases(Emulator emulator)
    {
        var scopes = MsalPublicClient.GraphScopes(emulator);
        var client = MsalPublicClient.Builder(emulator).Build();
        IAccount? account = null;

        yield return new("a step-up without the user is MsalUiRequiredException with the claims to send on", async () =>
        {
            account = (await MsalPublicClient.Interactive(emulator, client, scopes).ExecuteAsync()).Account;
            var refusal = await Check.Throws<MsalUiRequiredException>(
                () => client.AcquireTokenSilent(scopes, account).WithClaims(MsalPublicClient.C1).ExecuteAsync(), "silent step-up");
            Check.Contains("\"acrs\"", refusal.Claims, "claims");
            Check.Contains("AADSTS50076", refusal.Message, "message");
            Check.Equal(UiRequiredExceptionClassification.BasicAction, refusal.Classification, "classification, from the suberror");
            Check.Equal(400, refusal.StatusCode, "status");
            Check.That(!string.IsNullOrEmpty(refusal.CorrelationId), "the correlation id came back");

            // Sending on only what the answer has must be enough.
            var strong = await MsalPublicClient.Interactive(emulator, client, scopes).WithClaims(refusal.Claims).ExecuteAsync();
            Check.That(Jwt.Contexts(strong.AccessToken).Contains("c1"), "the token has c1");
        });

        yield return new("a sign-in that a policy blocks is classified as one that no prompt helps", async () =>
        {
            const string c4 = """{"access_token":{"acrs":{"essential":true,"value":"c4"}}}""";
            var refusal = await Check.Throws<MsalUiRequiredException>(
                () => client.AcquireTokenSilent(scopes, account!).WithClaims(c4).ExecuteAsync(), "a context that nobody meets");
            Check.Contains("AADSTS53003", refusal.Message, "message");
            Check.Equal(UiRequiredExceptionClassification.MessageOnly, refusal.Classification, "classification, from the suberror");
        });

        yield return new("a cancelled sign-in is access_denied or authentication_canceled", async () =>
        {
            var refusal = await Check.Throws<MsalException>(
                () => MsalPublicClient.Interactive(emulator, client, scopes, "cancelling", "--cancel").ExecuteAsync(), "cancelled sign-in");
            Check.That(refusal.ErrorCode is "access_denied" or "authentication_canceled", $"error code `{refusal.ErrorCode}`");
        });

        yield return new("a resource that does not exist is invalid_resource", async () =>
        {
            var refusal = await Check.Throws<MsalServiceException>(
                () => client.AcquireTokenSilent(["https://nowhere.example/.default"], account!).ExecuteAsync(), "unknown resource");
            Check.Equal("invalid_resource", refusal.ErrorCode, "error code");
            Check.Contains("AADSTS500011", refusal.Message, "message");
        }, Violation: "AADSTS500011");

        yield return new("revoked sessions need the user again", async () =>
        {
            // A client of its own: after a refusal that needs the user MSAL answers silent requests itself for a while.
            client = MsalPublicClient.Builder(emulator).Build();
            account = (await MsalPublicClient.Interactive(emulator, client, scopes).ExecuteAsync()).Account;
            await emulator.Control($"/users/{Emulator.Adele}/revoke", new { });
            var refusal = await Check.Throws<MsalUiRequiredException>(
                () => client.AcquireTokenSilent(scopes, account!).WithForceRefresh(true).ExecuteAsync(), "renewal after a revocation");
            Check.Contains("AADSTS50173", refusal.Message, "message");
            var again = await MsalPublicClient.Interactive(emulator, client, scopes).ExecuteAsync();
            Check.Equal(account.HomeAccountId.Identifier, again.Account.HomeAccountId.Identifier, "account");
        });

        yield return new("an outage is a service exception that says so", async () =>
        {
            client = MsalPublicClient.Builder(emulator).Build();
            account = (await MsalPublicClient.Interactive(emulator, client, scopes).ExecuteAsync()).Account;
            // MSAL tries once more.
            await emulator.Control("/faults", new { service = "login", method = "POST", pathContains = "/token", status = 503, times = 2, body = new { error = "temporarily_unavailable", error_description = "AADSTS90033: busy" } });
            var refusal = await Check.Throws<MsalServiceException>(
                () => client.AcquireTokenSilent(scopes, account!).WithForceRefresh(true).ExecuteAsync(), "outage");
            Check.Equal(503, refusal.StatusCode, "status");
            Check.Equal(2, (await emulator.Journal()).Count(entry => entry.Fault is not null), "requests");
        });
    }
}
