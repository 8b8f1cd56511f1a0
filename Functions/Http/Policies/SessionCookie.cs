using System.Net;
using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>The signed cookie that carries a session's token for browsers.</summary>
/// <remarks>
/// A browser may send several cookies of one name: left over for another path, or planted by another subdomain. Those that we have signed count, in the order in
/// which browsers send them, but <c>__Host-session</c> first, as nobody else can set that. What nobody has signed is as if it were not there.
/// </remarks>
public sealed class SessionCookie(SessionCookieSigner signer, SessionOptions sessions, SessionCookieOptions options, ClientAddress address)
{
    /// <summary>The metadata of a session that is to end with the browser has <c>false</c> under this name.</summary>
    public const string Remembered = "remembered";

    private const string Name = "session";
    private const string HostName = "__Host-session";
    private const int MaximumTokens = 3;
    private const int MaximumLength = 256; // More than twice of what a cookie of ours has.

    /// <summary>When a session ends at the latest that is, or is not, to be remembered by the browser.</summary>
    public TimeSpan LifetimeOf(bool remembered) => remembered ? sessions.AbsoluteLifetime : options.BrowserLifetime;

    /// <summary>Reads the cookies. True if there is any; <paramref name="tokens"/> are those of the cookies that we have signed, the one that counts most first.</summary>
    public bool TryRead(HttpContext http, out IReadOnlyList<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(http);
        var (host, plain) = (ValuesOf(http.Request, HostName), ValuesOf(http.Request, Name));
        IEnumerable<string> counting = options.HostCookie == HostCookie.Required && address.IsHttps(http) ? host : [.. host, .. plain];
        tokens = [.. counting.Where(value => value.Length <= MaximumLength).Select(signer.Verify).OfType<string>().Distinct().Take(MaximumTokens)];
        return host.Count + plain.Count > 0;
    }

    /// <summary>Sets the cookie. One under the other name that the browser has is deleted, so that it does not win.</summary>
    public void Write(HttpContext http, NewSession session)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(session);
        var isHost = options.HostCookie != HostCookie.Off && address.IsHttps(http);
        var (name, other) = isHost ? (HostName, Name) : (Name, HostName);
        var isRemembered = session.Session.Metadata.GetValueOrDefault(Remembered) != "false";
        http.Response.Cookies.Append(name, signer.Sign(session.Token), Attributes(http, isRemembered ? sessions.AbsoluteLifetime : null));
        if (ValuesOf(http.Request, other).Count > 0)
        {
            Delete(http, other, "/", domain: null);
        }
    }

    /// <summary>Makes the browser forget the cookie, and what else it has under the name, as far as can be guessed what that was set for.</summary>
    public void Delete(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        Delete(http, Name, "/", domain: null);
        if (address.IsHttps(http) && (options.HostCookie != HostCookie.Off || ValuesOf(http.Request, HostName).Count > 0))
        {
            Delete(http, HostName, "/", domain: null);
        }

        if (ValuesOf(http.Request, Name).Count > 1)
        {
            foreach (var (path, domain) in PathsOf(http.Request).SelectMany(_ => DomainsOf(http.Request), (path, domain) => (path, domain)).Where(place => place != ("/", null)))
            {
                Delete(http, Name, path, domain);
            }
        }
    }

    // As they were sent: the collection of the request keeps one of each name.
    private static List<string> ValuesOf(HttpRequest request, string name)
    {
        List<string> values = [];
        foreach (var header in request.Headers.Cookie)
        {
            foreach (var range in header.AsSpan().Split(';'))
            {
                var pair = header.AsSpan()[range];
                if (pair.IndexOf('=') is > 0 and var equals && pair[..equals].Trim().SequenceEqual(name))
                {
                    var value = pair[(equals + 1)..].Trim();
                    values.Add((value is ['"', .. var quoted, '"'] ? quoted : value).ToString());
                }
            }
        }

        return values;
    }

    // Where a cookie that the browser sent for this path may have been set for: "/", "/api", "/api/logout".
    private static IEnumerable<string> PathsOf(HttpRequest request)
    {
        var path = $"{request.PathBase}{request.Path}";
        return [.. Enumerable.Range(0, path.Length).Where(i => path[i] == '/').Select(i => i == 0 ? "/" : path[..i]), path];
    }

    // This host alone, and it and its parents with all that is below.
    private static IEnumerable<string?> DomainsOf(HttpRequest request)
    {
        yield return null;
        var host = request.Host.Host;
        while (host.Contains('.', StringComparison.Ordinal) && !IPAddress.TryParse(host, out _))
        {
            yield return host;
            host = host[(host.IndexOf('.', StringComparison.Ordinal) + 1)..];
        }
    }

    private void Delete(HttpContext http, string name, string path, string? domain)
    {
        var attributes = Attributes(http, null);
        (attributes.Path, attributes.Domain, attributes.Expires) = (path, domain, DateTimeOffset.UnixEpoch);
        http.Response.Cookies.Append(name, "", attributes);
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
