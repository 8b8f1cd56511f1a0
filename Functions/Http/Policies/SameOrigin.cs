using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Tells requests that a page of another origin made the browser send.</summary>
internal static class SameOrigin
{
    /// <summary>
    /// Whether a request with a cookie was made by this origin or by no page at all. Browsers send <c>Sec-Fetch-Site</c> (W3C Fetch
    /// Metadata) or, older ones, <c>Origin</c>; a client that sends neither is no browser and carries its cookie deliberately.
    /// </summary>
    public static bool Check(HttpRequest request)
    {
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site))
        {
            return site == "same-origin" || site == "none";
        }

        return !request.Headers.TryGetValue("Origin", out var origin)
            || (Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
