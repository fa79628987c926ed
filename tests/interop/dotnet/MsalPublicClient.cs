using System.Net;
using Microsoft.Identity.Client;
using Microsoft.Identity.Client.Extensibility;

namespace PIMStepUp.Interop;

/// <summary>MSAL.NET as a public client: sign-in, silent renewal, step-up.</summary>
internal static class MsalPublicClient
{
    public const string C1 = """{"access_token":{"acrs":{"essential":true,"value":"c1"}}}""";

    /// <summary>A client as an application makes one, but for the authority's address and the trusted certificate.</summary>
    public static PublicClientApplicationBuilder Builder(Emulator emulator, string clientId = Emulator.GraphClient) =>
        PublicClientApplicationBuilder.Create(clientId)
            .WithAuthority(emulator.Authority, validateAuthority: false)
            .WithInstanceDiscovery(false)
            .WithRedirectUri("http://localhost")
            .WithClientCapabilities(["cp1"])
            .WithHttpClientFactory(emulator);

    public static string[] GraphScopes(Emulator emulator) => [$"{emulator.Graph}/.default"];

    public static AcquireTokenInteractiveParameterBuilder Interactive(Emulator emulator, IPublicClientApplication client, string[] scopes, string browser = "default", params string[] more) =>
        client.AcquireTokenInteractive(scopes)
            .WithLoginHint(Emulator.Adele)
            .WithUseEmbeddedWebView(false)
            // MSAL waits for the answer from its own listener, so the walk must not hold it up.
            .WithSystemWebViewOptions(new SystemWebViewOptions { OpenBrowserAsync = url => { _ = emulator.Browse(url, browser, more); return Task.CompletedTask; } });

    public static IEnumerable<Case> Cases(Emulator emulator)
    {
        var scopes = GraphScopes(emulator);
        var client = Builder(emulator).Build();
        AuthenticationResult? signedIn = null;

        yield return new("signs in by authorization code with PKCE, its listener and form_post", async () =>
        {
            signedIn = await Interactive(emulator, client, scopes).ExecuteAsync();
            Check.Equal(Emulator.Adele, signedIn.Account.Username, "user name");
            Check.Equal(emulator.TenantId, signedIn.TenantId, "tenant");
            Check.Equal(emulator.AdeleId, signedIn.UniqueId, "object id");
            Check.Equal($"{emulator.AdeleId}.{emulator.TenantId}", signedIn.Account.HomeAccountId.Identifier, "home account id, from client_info");
            Check.Equal("Adele Vance", signedIn.ClaimsPrincipal.FindFirst("name")?.Value, "name of the ID token");
            Check.That(signedIn.ExpiresOn > DateTimeOffset.UtcNow.AddHours(12), "a token for a client with cp1 lives long");
            var authorize = (await emulator.Journal()).First(entry => entry.Path.EndsWith("/authorize", StringComparison.Ordinal));
            Check.Equal("form_post", authorize.Asked("response_mode"), "response mode");
            Check.Equal("S256", authorize.Asked("code_challenge_method"), "proof key");
        });

        yield return new("finds the token in its cache", async () =>
        {
            var again = await client.AcquireTokenSilent(scopes, signedIn!.Account).ExecuteAsync();
            Check.Equal(TokenSource.Cache, again.AuthenticationResultMetadata.TokenSource, "source");
            Check.Equal(signedIn.AccessToken, again.AccessToken, "token");
            Check.Equal(0, (await emulator.Journal()).Count(entry => entry.Service == "login"), "requests");
        });

        yield return new("renews with the refresh token", async () =>
        {
            var again = await client.AcquireTokenSilent(scopes, signedIn!.Account).WithForceRefresh(true).ExecuteAsync();
            Check.Equal(TokenSource.IdentityProvider, again.AuthenticationResultMetadata.TokenSource, "source");
            Check.That(again.AccessToken != signedIn.AccessToken, "the token is a new one");
        });

        yield return new("finds a token under an audience that ends with a slash", async () =>
        {
            string[] slashed = [$"{emulator.Graph}//.default"];
            var first = await client.AcquireTokenSilent(slashed, signedIn!.Account).ExecuteAsync();
            Check.Equal($"{emulator.Graph}/", Jwt.Claims(first.AccessToken).GetProperty("aud").GetString(), "audience");
            var again = await client.AcquireTokenSilent(slashed, signedIn.Account).ExecuteAsync();
            Check.Equal(TokenSource.Cache, again.AuthenticationResultMetadata.TokenSource, "source");
        });

        yield return new("gets a token for another API with the same refresh token", async () =>
        {
            var again = await client.AcquireTokenSilent([$"{Tenant.Vault}/.default"], signedIn!.Account).ExecuteAsync();
            Check.Equal(Tenant.Vault, Jwt.Claims(again.AccessToken).GetProperty("aud").GetString(), "audience");
        });

        yield return new("steps up with the claims of a challenge, with a passkey", async () =>
        {
            Check.Equal(0, Jwt.Contexts(signedIn!.AccessToken).Count, "contexts of the first token");
            var strong = await Interactive(emulator, client, scopes).WithClaims(C1).ExecuteAsync();
            Check.That(Jwt.Contexts(strong.AccessToken).Contains("c1"), "the token has c1");
            Check.Contains("cp1", Jwt.Claims(strong.AccessToken).GetProperty("xms_cc").ToString(), "capabilities");
            signedIn = strong;
        });

        yield return new("gets the stronger token silently after that", async () =>
        {
            var again = await client.AcquireTokenSilent(scopes, signedIn!.Account).WithClaims(C1).ExecuteAsync();
            Check.Equal(TokenSource.IdentityProvider, again.AuthenticationResultMetadata.TokenSource, "source");
            Check.That(Jwt.Contexts(again.AccessToken).Contains("c1"), "the token has c1");
        });

        yield return new("signs in with a web view of the application's own, which gets the answer by query", async () =>
        {
            var other = Builder(emulator).Build();
            var result = await other.AcquireTokenInteractive(scopes).WithLoginHint(Emulator.Adele)
                .WithCustomWebUi(new WebView(emulator)).ExecuteAsync();
            Check.Equal(Emulator.Adele, result.Account.Username, "user name");
        });

        yield return new("signs in by device code, while the user is somewhere else", async () =>
        {
            var other = Builder(emulator).Build();
            var asked = 0;
            var result = await other.AcquireTokenWithDeviceCode(scopes, async code =>
            {
                asked++;
                Check.Contains(code.UserCode, code.Message, "message for the user");
                await emulator.Browse(new Uri(code.VerificationUrl), "elsewhere", "--user-code", code.UserCode);
            }).ExecuteAsync();
            Check.Equal(1, asked, "times that the user was asked");
            Check.Equal(Emulator.Adele, result.Account.Username, "user name");
            Check.Equal(TokenSource.Cache, (await other.AcquireTokenSilent(scopes, result.Account).ExecuteAsync()).AuthenticationResultMetadata.TokenSource, "source of the next");
            var renewed = await other.AcquireTokenSilent(scopes, result.Account).WithForceRefresh(true).ExecuteAsync();
            Check.Equal(TokenSource.IdentityProvider, renewed.AuthenticationResultMetadata.TokenSource, "source of the renewed");
        });

        yield return new("hears that the user declined on the other device", async () =>
        {
            var other = Builder(emulator).Build();
            var refusal = await Check.Throws<MsalServiceException>(
                () => other.AcquireTokenWithDeviceCode(scopes, code => emulator.Browse(new Uri(code.VerificationUrl), "declining", "--refuse", "--user-code", code.UserCode)).ExecuteAsync(), "declined device");
            Check.Equal("authorization_declined", refusal.ErrorCode, "error code");
        });

        yield return new("accepts the emulator's own answer to instance discovery", async () =>
        {
            var metadata = await emulator.Http.GetStringAsync(
                $"{emulator.Login}/common/discovery/instance?api-version=1.1&authorization_endpoint={Uri.EscapeDataString($"{emulator.Authority}/oauth2/v2.0/authorize")}");
            var other = PublicClientApplicationBuilder.Create(Emulator.GraphClient).WithAuthority(emulator.Authority, validateAuthority: false)
                .WithInstanceDiscoveryMetadata(metadata).WithRedirectUri("http://localhost").WithHttpClientFactory(emulator).Build();
            var result = await Interactive(emulator, other, scopes).ExecuteAsync();
            Check.Equal("localhost", result.Account.Environment, "environment");
        });

        yield return new("signs in through `organizations` and learns the tenant", async () =>
        {
            var other = PublicClientApplicationBuilder.Create(Emulator.GraphClient).WithAuthority($"{emulator.Login}/organizations", validateAuthority: false)
                .WithInstanceDiscovery(false).WithRedirectUri("http://localhost").WithHttpClientFactory(emulator).Build();
            var result = await Interactive(emulator, other, scopes).ExecuteAsync();
            Check.Equal(emulator.TenantId, result.TenantId, "tenant");
            var again = await other.AcquireTokenSilent(scopes, result.Account).WithForceRefresh(true).ExecuteAsync();
            Check.Equal(emulator.TenantId, again.TenantId, "tenant after a renewal");
        });

        yield return new("renews ahead of time where the answer advises it", async () =>
        {
            // Tokens with cp1 come with refresh_in, half of their life.
            var strong = await client.AcquireTokenSilent(scopes, signedIn!.Account).WithForceRefresh(true).ExecuteAsync();
            var advised = strong.AuthenticationResultMetadata.RefreshOn;
            Check.That(advised > DateTimeOffset.UtcNow && advised < strong.ExpiresOn, $"the time to refresh, {advised}, lies within the token's life");
        });
    }

    /// <summary>A listener for one answer, as an application with a web view of its own would have.</summary>
    private sealed class WebView(Emulator emulator) : ICustomWebUi
    {
        public async Task<Uri> AcquireAuthorizationCodeAsync(Uri authorizationUri, Uri redirectUri, CancellationToken cancellationToken)
        {
            using var listener = new HttpListener();
            listener.Prefixes.Add($"http://localhost:{redirectUri.Port}/");
            listener.Start();
            var walk = emulator.Browse(authorizationUri, "web-view");
            var context = await listener.GetContextAsync().WaitAsync(cancellationToken);
            context.Response.Close();
            await walk;
            return context.Request.Url!;
        }
    }
}
