using Functions.Redis.Sessions;

namespace Functions.Http.Policies;

/// <summary>The session that a request shows, before it is known whether it is one.</summary>
/// <param name="ByHeader">Whether the header <c>X-Session-ID</c> is there; it wins over cookies.</param>
/// <param name="ByCookie">Whether a cookie is there.</param>
/// <param name="Tokens">The tokens that are tried: the header's, or those of cookies that we have signed. The first one whose session is open counts.</param>
/// <param name="CookieTokens">Those of cookies.</param>
/// <param name="Open">The sessions among them that are open, in their order: the answer of Redis, on its way.</param>
internal sealed record ShownSession(bool ByHeader, bool ByCookie, IReadOnlyList<string> Tokens, IReadOnlyList<string> CookieTokens, Task<Session[]> Open)
{
    /// <summary>The token that counts unless its session is closed; null if there is none.</summary>
    public string? Token => Tokens is [var first, ..] ? first : null;
}
