using System.Text.Json.Nodes;

namespace PIMStepUp.Interop;

/// <summary>Contoso, with what Microsoft's libraries need beside the users: a further API, a context that nobody meets, small pages, mandatory MFA.</summary>
internal static class Tenant
{
    public const string Vault = "https://vault.contoso.example";

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
        tenant["authenticationContexts"]!.AsArray().Add(new JsonObject { ["id"] = "c4", ["displayName"] = "Nobody", ["requires"] = "block" });
        // A list of Adele's roles takes several pages, and writes to Azure Resource Manager a second factor.
        tenant["pim"]!["behaviour"] = new JsonObject { ["pageSize"] = 7, ["armRequiresMfa"] = true };
        var path = Path.Combine(Directory.CreateTempSubdirectory("pim-interop-").FullName, "tenant.json");
        File.WriteAllText(path, tenant.ToJsonString());
        return path;
    }

    private static JsonObject Client(string id, string name, params string[] resources) => new()
    {
        ["clientId"] = id,
        ["displayName"] = name,
        ["resources"] = new JsonArray([.. resources.Select(resource => (JsonNode)resource)]),
    };
}
