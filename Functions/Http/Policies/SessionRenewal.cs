using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Gives the caller's session a new token, the way in which the request has shown the old one.</summary>
public sealed class SessionRenewal(SessionStore sessions, SessionCookie cookie)
{
    /// <summary>Renews the token. A browser gets the new one as its cookie.</summary>
    /// <returns>The new token, for the answer, if the request has shown the old one by the header. Null also if the session has been closed meanwhile.</returns>
    public async Task<string?> RenewAsync(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var old = request.Caller().Session;
        var shown = request.HttpContext.Features.Get<ShownSession>()!;

        // Whether the caller goes away or not: what the renewal follows has happened.
        if (await sessions.RenewAsync(old, CancellationToken.None) is not { } renewed)
        {
            return null;
        }

        if (shown.CookieTokens.Any(token => SessionStore.IdOf(token) == old.Id))
        {
            cookie.Write(request.HttpContext, renewed);
        }

        return shown.ByHeader ? renewed.Token : null;
    }
}
