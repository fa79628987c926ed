using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Identity.Client;

namespace PIMStepUp.Interop;

/// <summary>An entry of the emulator's journal, as far as it is looked at here.</summary>
internal sealed record JournalEntry(
    string Service, string Method, string Path, JsonElement? Query, int Status, string? User, string? Client,
    IReadOnlyList<string>? TokenContexts, bool? Challenge, string? Violation, JsonElement? Fault)
{
    /// <summary>A parameter of the query.</summary>
    public string? Asked(string name) => Query is { } query && query.TryGetProperty(name, out var value) ? value.ToString() : null;
}

/// <summary>An emulator of its own with TLS; what it says at the start is where it is.</summary>
internal sealed class Emulator : IAsyncDisposable, IMsalHttpClientFactory
{
    public const string Adele = "adele@contoso.example";

    /// <summary>Microsoft Graph Command Line Tools.</summary>
    public const string GraphClient = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

    /// <summary>Azure PowerShell.</summary>
    public const string ArmClient = "1950a258-227b-4e31-a9cf-717495945fc2";

    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    private readonly Process _process;
    private readonly string _program;
    private readonly Announcement _at;
    private readonly string _profiles = Directory.CreateTempSubdirectory("pim-interop-").FullName;

    private Emulator(Process process, string program, Announcement at)
    {
        (_process, _program, _at) = (process, program, at);
        Root = X509CertificateLoader.LoadCertificate(System.Text.Encoding.UTF8.GetBytes(File.ReadAllText(at.CertificateFile)));
        Http = new HttpClient(Handler());
    }

    public string Login => _at.Login;
    public string Graph => _at.Graph;
    public string Arm => _at.Arm;
    public string TenantId => _at.TenantId;

    /// <summary>The environment variables by which a client finds what kind of machine it runs on.</summary>
    public IReadOnlyDictionary<string, string> Machine(string kind) => _at.Environments[kind];
    public string Authority => $"{Login}/{TenantId}";
    public string AdeleId => _at.Users.Single(user => user.Username == Adele).ObjectId;
    public X509Certificate2 Root { get; }

    /// <summary>For whatever takes a client: it trusts this emulator's authority and nobody else.</summary>
    public HttpClient Http { get; }

    /// <summary>Trust is given explicitly: neither the machine's store nor the user's is touched.</summary>
    public HttpClientHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        ServerCertificateCustomValidationCallback = (_, certificate, _, errors) =>
        {
            if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            {
                return false;
            }
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(Root);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            return chain.Build(certificate);
        },
    };

    HttpClient IMsalHttpClientFactory.GetHttpClient() => Http;

    public static async Task<Emulator> Start(string program, string scenario)
    {
        // --attached: it ends with our end of its standard input, also when this program is killed.
        var start = new ProcessStartInfo(program, ["serve", "--tls", "--attached", "--scenario", scenario]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        var at = JsonSerializer.Deserialize<Announcement>(line ?? "null", Web) ?? throw new InvalidOperationException("the emulator said nothing");
        return new Emulator(process, program, at);
    }

    /// <summary>Walks through the sign-in pages as a user would, passkey included.</summary>
    /// <param name="url">The page that the library wants to show.</param>
    /// <param name="browser">A name: cookies and passkeys are those of the last walk under it.</param>
    /// <param name="more">Further options of `pim-emulator browse`.</param>
    public async Task<string> Browse(Uri url, string browser = "default", params string[] more)
    {
        string[] usual = ["browse", "--trust", _at.CertificateFile, "--profile", Path.Combine(_profiles, $"{browser}.json"), "--account", Adele];
        var start = new ProcessStartInfo(_program, [.. usual, .. more, url.AbsoluteUri]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("the browser did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"the browser failed: {await errors}");
    }

    public async Task<IReadOnlyList<JournalEntry>> Journal() =>
        await Http.GetFromJsonAsync<List<JournalEntry>>($"{_at.Control}/journal", Web) ?? [];

    public async Task ClearJournal() => (await Http.DeleteAsync($"{_at.Control}/journal")).EnsureSuccessStatusCode();

    public async Task<JsonElement> Ask(string path, object body)
    {
        var answer = (await Http.PostAsJsonAsync($"{_at.Control}{path}", body)).EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task Control(string path, object body) => (await Http.PostAsJsonAsync($"{_at.Control}{path}", body)).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Http.Dispose();
        Directory.Delete(_profiles, recursive: true);
    }

    private sealed record Announcement(string Login, string Graph, string Arm, string Control, string TenantId, string CertificateFile, IReadOnlyList<AnnouncedUser> Users,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Environments);

    private sealed record AnnouncedUser([property: JsonRequired] string Username, [property: JsonRequired] string ObjectId);
}
