using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>The signed cookie that carries a session's token for browsers.</summary>
public sealed class SessionCookie(SessionCookieSigner signer, SessionOptions options, ClientAddress address)
{
    private const string Name = "session";

    /// <summary>Reads the cookie. True if there is one; <paramref name="token"/> is null if it is not one of ours.</summary>
    public bool TryRead(HttpRequest request, out string? token)
    {
        ArgumentNullException.ThrowIfNull(request);
        var present = request.Cookies.TryGetValue(Name, out var value);
        token = present ? signer.Verify(value!) : null;
        return present;
    }

    /// <summary>Sets the cookie.</summary>
    public void Write(HttpContext http, string token)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Response.Cookies.Append(Name, signer.Sign(token), Attributes(http, options.AbsoluteLifetime));
    }

    /// <summary>Makes the browser forget the cookie.</summary>
    public void Delete(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Response.Cookies.Delete(Name, Attributes(http, null));
    }

    private CookieOptions Attributes(HttpContext http, TimeSpan? maximumAge) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        Secure = address.IsHttps(http),
        MaxAge = maximumAge,
    };
}
