using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace PIMStepUp.Interop;

/// <summary>Contoso, with what Microsoft's libraries need beside the users: a further API, an application, a context that nobody meets, small pages, mandatory MFA.</summary>
internal static class Tenant
{
    public const string Vault = "https://vault.contoso.example";

    /// <summary>An application that signs in for itself.</summary>
    public const string Application = "0d5a8c1e-7f42-4e39-b1a6-2c9d4e7f8b35";

    public const string ApplicationId = "7c3e9b50-1d86-4f2a-95e7-4b0c6d8f1a29";
    public const string Secret = "secret-of-the-interop-suite";

    /// <summary>Who vouches for it in a Kubernetes cluster, and as whom.</summary>
    public const string Issuer = "https://cluster.contoso.example/interop";

    public const string Subject = "system:serviceaccount:interop:tests";

    /// <summary>Its certificate, made for this run.</summary>
    public static X509Certificate2 Certificate { get; } = MakeCertificate();

    /// <summary>Writes the scenario into a file of its own; <paramref name="contoso"/> is the repository's.</summary>
    public static string Write(string contoso)
    {
        var tenant = JsonNode.Parse(File.ReadAllText(contoso))!.AsObject();
        tenant["resources"] = new JsonArray(new JsonObject
        {
            ["appId"] = "6d7a0c52-3f0e-4b8a-9f66-0c1f4c1e7b21",
            ["appIdUri"] = Vault,
            ["displayName"] = "Contoso Vault",
            ["scopes"] = new JsonArray("Secrets.Read"),
        });
        tenant["clients"] = new JsonArray(
            Client(Emulator.GraphClient, "Microsoft Graph Command Line Tools", "graph", Vault),
            Client(Emulator.ArmClient, "Azure PowerShell", "arm"));
        tenant["applications"]!.AsArray().Add(new JsonObject
        {
            ["clientId"] = Application,
            ["objectId"] = ApplicationId,
            ["displayName"] = "Interop",
            ["secrets"] = new JsonArray(new JsonObject { ["value"] = Secret }),
            ["certificates"] = new JsonArray(new JsonObject { ["pem"] = Certificate.ExportCertificatePem() }),
            ["federatedCredentials"] = new JsonArray(new JsonObject { ["issuer"] = Issuer, ["subject"] = Subject }),
            ["permissions"] = new JsonArray("RoleManagement.Read.Directory"),
        });
        tenant["pim"]!["resourceAssignments"]!.AsArray().Add(new JsonObject
        {
            ["principal"] = "Interop",
            ["role"] = "Reader",
            ["scope"] = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1",
        });
        tenant["behaviour"]!["deviceCodeIntervalSeconds"] = 1;
        tenant["authenticationContexts"]!.AsArray().Add(new JsonObject { ["id"] = "c4", ["displayName"] = "Nobody", ["requires"] = "block" });
        // A list of Adele's roles takes several pages, and writes to Azure Resource Manager a second factor.
        tenant["pim"]!["behaviour"] = new JsonObject { ["pageSize"] = 7, ["armRequiresMfa"] = true };
        var path = Path.Combine(Directory.CreateTempSubdirectory("pim-interop-").FullName, "tenant.json");
        File.WriteAllText(path, tenant.ToJsonString());
        return path;
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Interop", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static JsonObject Client(string id, string name, params string[] resources) => new()
    {
        ["clientId"] = id,
        ["displayName"] = name,
        ["resources"] = new JsonArray([.. resources.Select(resource => (JsonNode)resource)]),
    };
}
