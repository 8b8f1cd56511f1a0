using Azure.Core;

namespace Functions.Tests.Data;

/// <summary>A credential that hands out what it is told to.</summary>
internal sealed class RotatingToken(string token) : TokenCredential
{
    /// <summary>The token of the moment.</summary>
    public string Token { get; set; } = token;

    /// <summary>Thrown instead, if set: the identity service is down.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The scopes that were asked for.</summary>
    public HashSet<string> Scopes { get; } = [];

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        Scopes.UnionWith(requestContext.Scopes);
        return Failure is null ? new AccessToken(Token, DateTimeOffset.MaxValue) : throw Failure;
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));
}
