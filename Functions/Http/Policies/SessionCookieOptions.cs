using System.ComponentModel.DataAnnotations;

namespace Functions.Http.Policies;

/// <summary>How browsers keep sessions. Settings: <c>Sessions__…</c>, beside those of <see cref="Redis.Sessions.SessionOptions"/>.</summary>
public sealed class SessionCookieOptions
{
    /// <summary>
    /// Whether the cookie is called <c>__Host-session</c> over https; default <see cref="HostCookie.Off"/>. Browsers take a cookie of that name only from this
    /// host itself, encrypted and for all paths: no other subdomain can set it.
    /// </summary>
    [EnumDataType(typeof(HostCookie))]
    public HostCookie HostCookie { get; set; }

    /// <summary>
    /// How long after login a session ends at the latest that is to end with the browser (login with <c>remember: false</c>); default 12 hours. A server does
    /// not see a browser close, and browsers that restore their windows keep the cookie.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan BrowserLifetime { get; set; } = TimeSpan.FromHours(12);
}
