using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Functions.Accounts;

/// <summary>The address of the application as its users know it, for the links in mails: the setting <c>PUBLIC_URL</c>.</summary>
/// <remarks>
/// It is never taken from a request: whoever sends one could write any host into the mail of somebody else, and would be sent the token
/// (password reset poisoning).
/// </remarks>
public sealed class PublicUrl
{
    private const string Setting = "PUBLIC_URL";

    private PublicUrl(Uri? value) => Value = value;

    /// <summary>It, with a slash at the end; null while it is not known.</summary>
    public Uri? Value { get; private set; }

    /// <summary>Reads it; without the setting it is derived from <c>WEBSITE_HOSTNAME</c>, which Azure and Core Tools set.</summary>
    /// <exception cref="InvalidOperationException">It is not valid, or there is none and mail is to be sent.</exception>
    public static PublicUrl FromConfiguration(IConfiguration configuration, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (configuration[Setting] is { Length: > 0 } text)
        {
            return new PublicUrl(TryRead(text, out var url)
                ? url
                : throw new InvalidOperationException($"{Setting}: '{text}' is no address such as 'https://shop.example'."));
        }

        if (configuration["WEBSITE_HOSTNAME"] is { Length: > 0 } host)
        {
            // Core Tools: localhost:7071, without TLS.
            var scheme = host.StartsWith("localhost", StringComparison.OrdinalIgnoreCase) || host.StartsWith("127.", StringComparison.Ordinal) ? "http" : "https";
            return TryRead($"{scheme}://{host}", out var url) ? new PublicUrl(url) : throw new InvalidOperationException($"WEBSITE_HOSTNAME: '{host}' is no host name.");
        }

        return string.IsNullOrEmpty(configuration["Email:SmtpHost"]) || environment.IsDevelopment()
            ? new PublicUrl(null)
            : throw new InvalidOperationException($"{Setting} is missing: the links in mails need the address of the application, such as 'https://shop.example'.");
    }

    /// <summary>Sets it where no setting did: for a host that knows its own address.</summary>
    public void SetDefault(Uri address) => Value ??= address;

    /// <summary>The address of a page that finds <paramref name="token"/> in its fragment, which browsers do not send: it is in no log on the way.</summary>
    /// <exception cref="InvalidOperationException">The public address is not known.</exception>
    public Uri LinkTo(string page, string token)
    {
        ArgumentNullException.ThrowIfNull(page);
        var whole = page.Contains(':', StringComparison.Ordinal)
            ? new Uri(page)
            : new Uri(Value ?? throw new InvalidOperationException($"{Setting} is missing."), page.TrimStart('/'));
        return new Uri($"{whole.GetLeftPart(UriPartial.Query)}#token={token}");
    }

    /// <summary>Whether <paramref name="page"/> is a path, or a whole http(s) address without fragment.</summary>
    public static bool IsPage(string page) =>
        !string.IsNullOrWhiteSpace(page) && !page.Contains('#', StringComparison.Ordinal) && !page.StartsWith("//", StringComparison.Ordinal)
        && (page.Contains(':', StringComparison.Ordinal)
            ? Uri.TryCreate(page, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            : Uri.IsWellFormedUriString(page, UriKind.Relative));

    private static bool TryRead(string text, [NotNullWhen(true)] out Uri? url)
    {
        url = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var read) || read.Scheme is not ("http" or "https") || read.Query.Length > 0 || read.Fragment.Length > 0
            || read.UserInfo.Length > 0 || read.Host.Length == 0)
        {
            return false;
        }

        url = read.AbsoluteUri.EndsWith('/') ? read : new Uri(read.AbsoluteUri + "/");
        return true;
    }
}
