using System.Diagnostics;
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

        yield return new("WorkloadIdentityCredential, with the token in a pod's file", async () =>
        {
            var vouched = await emulator.Ask("/federated-token", new { issuer = Tenant.Issuer, subject = Tenant.Subject });
            var file = Path.GetTempFileName();
            await File.WriteAllTextAsync(file, vouched.GetProperty("token").GetString());
            var options = At(emulator, new WorkloadIdentityCredentialOptions { ClientId = Tenant.Application, TenantId = emulator.TenantId, TokenFilePath = file, DisableInstanceDiscovery = true });
            CheckApplication(await new WorkloadIdentityCredential(options).GetTokenAsync(graph, default));
            File.Delete(file);
        });

        // The libraries find out once in a process on what kind of machine they are.
        foreach (var (kind, name) in new[] { ("virtualMachine", "a virtual machine"), ("appService", "App Service"), ("cloudShell", "the cloud shell") })
        {
            yield return new($"ManagedIdentityCredential on {name}", async () =>
            {
                var token = await RunOn(emulator.Machine(kind), "https://graph.microsoft.com/.default");
                var expected = kind == "cloudShell" ? emulator.AdeleId : "15ebf9c7-6d8f-4bac-9a4e-2c9f7b5d3e8b";
                Check.Equal(expected, Jwt.Claims(token).GetProperty("oid").GetString(), "object id");
            });
        }

        yield return new("ManagedIdentityCredential of an identity with a name", async () =>
        {
            var token = await RunOn(emulator.Machine("virtualMachine"), "https://graph.microsoft.com/.default", "26fc0ad8-7e9a-4cbd-8b5f-3da08c6e4f9c");
            Check.Equal("370d1be9-8fab-4dce-9c6a-4eb19d7f5aad", Jwt.Claims(token).GetProperty("oid").GetString(), "object id");
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

    public const string OnMachine = "--managed-identity";

    /// <summary>What this program does as a process of its own: `--managed-identity SCOPE [CLIENT]` prints a token.</summary>
    public static async Task<int> Run(string scope, string? client)
    {
        var id = client is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(client);
        var token = await new ManagedIdentityCredential(id).GetTokenAsync(new TokenRequestContext([scope]), default);
        Console.WriteLine(token.Token);
        return 0;
    }

    private static async Task<string> RunOn(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(AzureIdentity).Assembly.Location, OnMachine, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start) ?? throw new InvalidOperationException("the process did not start");
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException(await errors);
    }

    private static void CheckApplication(AccessToken token)
    {
        Check.Equal(Tenant.ApplicationId, Jwt.Claims(token.Token).GetProperty("oid").GetString(), "object id");
        Check.That(token.ExpiresOn > DateTimeOffset.UtcNow, "it expires in the future");
    }
}
