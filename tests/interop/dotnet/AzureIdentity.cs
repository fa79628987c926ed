using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.ResourceManager;
using Microsoft.Graph;
using Microsoft.Graph.Authentication;

namespace PIMStepUp.Interop;

/// <summary>Azure.Identity: the credentials that scripts and services give to Azure's libraries and to the Graph SDK.</summary>
internal static class AzureIdentity
{
    private static T At<T>(Emulator emulator, T options) where T : TokenCredentialOptions
    {
        options.AuthorityHost = new Uri(emulator.Login);
        options.Transport = new HttpClientTransport(emulator.Http);
        return options;
    }

    public static IEnumerable<Case> Cases(Emulator emulator)
    {
        var graph = new TokenRequestContext([$"{emulator.Graph}/.default"]);
        var secret = new ClientSecretCredential(emulator.TenantId, Tenant.Application, Tenant.Secret, At(emulator, new ClientSecretCredentialOptions { DisableInstanceDiscovery = true }));

        yield return new("ClientSecretCredential", async () => CheckApplication(await secret.GetTokenAsync(graph, default)));

        yield return new("ClientCertificateCredential, without and with the certificate's chain", async () =>
        {
            foreach (var sendChain in new[] { false, true })
            {
                var options = At(emulator, new ClientCertificateCredentialOptions { DisableInstanceDiscovery = true, SendCertificateChain = sendChain });
                CheckApplication(await new ClientCertificateCredential(emulator.TenantId, Tenant.Application, Tenant.Certificate, options).GetTokenAsync(graph, default));
            }
        });

        yield return new("DeviceCodeCredential", async () =>
        {
            var options = At(emulator, new DeviceCodeCredentialOptions
            {
                ClientId = Emulator.GraphClient,
                TenantId = emulator.TenantId,
                DisableInstanceDiscovery = true,
                DeviceCodeCallback = (code, _) => emulator.Browse(code.VerificationUri, "elsewhere", "--user-code", code.UserCode),
            });
            var token = await new DeviceCodeCredential(options).GetTokenAsync(graph, default);
            Check.Equal(emulator.AdeleId, Jwt.Claims(token.Token).GetProperty("oid").GetString(), "object id");
        });

        yield return new("an application reads everybody's eligibilities through the Graph SDK", async () =>
        {
            var client = new GraphServiceClient(
                GraphClientFactory.Create(finalHandler: emulator.Handler()),
                new AzureIdentityAuthenticationProvider(secret, ["localhost"], null, true, graph.Scopes), $"{emulator.Graph}/v1.0");
            var found = await client.RoleManagement.Directory.RoleEligibilityScheduleInstances.GetAsync();
            Check.That(found?.Value?.Count > 0, "there are eligibilities");
        });

        yield return new("an application lists its subscriptions through Azure.ResourceManager", async () =>
        {
            var client = new ArmClient(secret, null, new ArmClientOptions
            {
                Environment = new ArmEnvironment(new Uri(emulator.Arm), "https://management.azure.com/"),
                Transport = new HttpClientTransport(emulator.Http),
            });
            var names = new List<string>();
            await foreach (var subscription in client.GetSubscriptions().GetAllAsync())
            {
                names.Add(subscription.Data.DisplayName);
            }
            Check.Equal("Contoso Production", string.Join(", ", names), "subscriptions");
        });

        yield return new("a wrong secret is AuthenticationFailedException", async () =>
        {
            var options = At(emulator, new ClientSecretCredentialOptions { DisableInstanceDiscovery = true });
            var wrong = new ClientSecretCredential(emulator.TenantId, Tenant.Application, "not-the-secret", options);
            var refusal = await Check.Throws<AuthenticationFailedException>(async () => await wrong.GetTokenAsync(graph, default), "wrong secret");
            Check.Contains("AADSTS7000215", refusal.InnerException?.Message, "message of the cause");
        });
    }

    private static void CheckApplication(AccessToken token)
    {
        Check.Equal(Tenant.ApplicationId, Jwt.Claims(token.Token).GetProperty("oid").GetString(), "object id");
        Check.That(token.ExpiresOn > DateTimeOffset.UtcNow, "it expires in the future");
    }
}
