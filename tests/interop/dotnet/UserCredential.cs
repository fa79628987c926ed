using System.Collections.Concurrent;
using Azure.Core;
using Microsoft.Identity.Client;

namespace PIMStepUp.Interop;

/// <summary>
/// Adele as a credential of the Azure libraries, by MSAL.NET: silently where that is possible, by sign-in where it is not.
/// Azure.Identity's own interactive credential cannot be told which browser to open.
/// </summary>
internal sealed class UserCredential(Emulator emulator, string clientId) : TokenCredential
{
    private readonly IPublicClientApplication _client = MsalPublicClient.Builder(emulator, clientId).Build();

    /// <summary>The claims that the libraries asked tokens with.</summary>
    public ConcurrentQueue<string> ClaimsAsked { get; } = new();

    /// <summary>A step-up that is wanted of every token.</summary>
    public string? Claims { get; set; }

    public override AccessToken GetToken(TokenRequestContext context, CancellationToken cancellationToken) =>
        GetTokenAsync(context, cancellationToken).AsTask().GetAwaiter().GetResult();

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext context, CancellationToken cancellationToken)
    {
        if (context.Claims is not null)
        {
            ClaimsAsked.Enqueue(context.Claims);
        }
        var result = await Acquire(context.Scopes, context.Claims ?? Claims, cancellationToken);
        return new AccessToken(result.AccessToken, result.ExpiresOn);
    }

    private async Task<AuthenticationResult> Acquire(string[] scopes, string? claims, CancellationToken cancellationToken)
    {
        var account = (await _client.GetAccountsAsync()).FirstOrDefault();
        if (account is not null)
        {
            try
            {
                return await _client.AcquireTokenSilent(scopes, account).WithClaims(claims).ExecuteAsync(cancellationToken);
            }
            catch (MsalUiRequiredException)
            {
                // The user then.
            }
        }
        return await MsalPublicClient.Interactive(emulator, _client, scopes).WithClaims(claims).ExecuteAsync(cancellationToken);
    }
}
