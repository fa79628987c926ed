using System.Buffers.Text;
using System.Text.Json;

namespace PIMStepUp.Interop;

/// <summary>The claims of an access token. Who asks for a token takes it as opaque; a test may look.</summary>
internal static class Jwt
{
    public static JsonElement Claims(string token) => JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(token.Split('.')[1]));

    public static IReadOnlyList<string> Contexts(string token) =>
        Claims(token).TryGetProperty("acrs", out var acrs) ? [.. acrs.EnumerateArray().Select(value => value.GetString()!)] : [];
}
