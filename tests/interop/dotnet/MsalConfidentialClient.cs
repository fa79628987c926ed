using Microsoft.Identity.Client;

namespace PIMStepUp.Interop;

/// <summary>MSAL.NET as an application that signs in for itself.</summary>
internal static class MsalConfidentialClient
{
    public static IEnumerable<Case> Cases(Emulator emulator)
    {
        string[] scopes = [$"{emulator.Graph}/.default"];
        ConfidentialClientApplicationBuilder Builder() =>
            ConfidentialClientApplicationBuilder.Create(Tenant.Application).WithAuthority(emulator.Authority, validateAuthority: false)
                .WithInstanceDiscovery(false).WithHttpClientFactory(emulator);

        yield return new("signs in with a secret, and finds the token in its cache", async () =>
        {
            var client = Builder().WithClientSecret(Tenant.Secret).Build();
            var first = await client.AcquireTokenForClient(scopes).ExecuteAsync();
            var claims = Jwt.Claims(first.AccessToken);
            Check.Equal("app", claims.GetProperty("idtyp").GetString(), "kind of token");
            Check.Equal(Tenant.ApplicationId, claims.GetProperty("oid").GetString(), "object id");
            Check.Contains("RoleManagement.Read.Directory", claims.GetProperty("roles").ToString(), "permissions");
            var again = await client.AcquireTokenForClient(scopes).ExecuteAsync();
            Check.Equal(TokenSource.Cache, again.AuthenticationResultMetadata.TokenSource, "source");
        });

        yield return new("signs in with a certificate", async () =>
        {
            var client = Builder().WithCertificate(Tenant.Certificate).Build();
            var result = await client.AcquireTokenForClient(scopes).ExecuteAsync();
            Check.Equal(Tenant.ApplicationId, Jwt.Claims(result.AccessToken).GetProperty("oid").GetString(), "object id");
        });

        yield return new("is told that a secret is wrong", async () =>
        {
            var client = Builder().WithClientSecret("not-the-secret").Build();
            var refusal = await Check.Throws<MsalServiceException>(() => client.AcquireTokenForClient(scopes).ExecuteAsync(), "wrong secret");
            Check.Equal("invalid_client", refusal.ErrorCode, "error code");
            Check.Equal(401, refusal.StatusCode, "status");
            Check.Contains("AADSTS7000215", refusal.Message, "message");
        });
    }
}
