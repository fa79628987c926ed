// Microsoft's own client libraries against the emulator, over TLS.
//
//     dotnet interop.dll EMULATOR CONTOSO RESULT [WORD]
//
// EMULATOR is the program, CONTOSO the tenant's scenario, RESULT the file that gets the counts as JSON, WORD a part of the names of
// the cases to run.

using System.Text.Json;
using PIMStepUp.Interop;

if (args is [AzureIdentity.OnMachine, var scope, .. var client])
{
    return await AzureIdentity.Run(scope, client.FirstOrDefault());
}
if (args.Length < 3)
{
    Console.Error.WriteLine("usage: dotnet interop.dll EMULATOR CONTOSO RESULT [WORD]");
    return 2;
}

var scenario = Tenant.Write(args[1]);
var suite = new Suite(args[0], scenario, args.Length > 3 ? args[3] : "");
// Areas run side by side, each with an emulator of its own; the cases of an area go in order, on one tenant.
await Task.WhenAll(
    suite.Run("MSAL.NET", MsalPublicClient.Cases),
    suite.Run("MSAL.NET refusals", MsalRefusals.Cases),
    suite.Run("MSAL.NET application", MsalConfidentialClient.Cases),
    suite.Run("Azure.Identity", AzureIdentity.Cases),
    suite.Run("Graph SDK", GraphSdk.Cases),
    suite.Run("Azure.ResourceManager", ResourceManager.Cases));
Directory.Delete(Path.GetDirectoryName(scenario)!, recursive: true);

var result = new { passed = suite.Passed, failed = suite.Failures.Count, skipped = 0, detail = suite.Failures };
await File.WriteAllTextAsync(args[2], JsonSerializer.Serialize(result));
return suite.Failures.IsEmpty ? 0 : 1;
