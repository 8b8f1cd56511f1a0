using Microsoft.Extensions.Hosting;

namespace Functions.Http.Policies;

/// <summary>Headers that keep browsers from making more of an answer than it is; a function that answers with a page sets its own.</summary>
public sealed class SecurityHeadersPolicy(ClientAddress address, IHostEnvironment environment) : IHttpPolicy
{
    private const string OneYear = "max-age=31536000";

    /// <inheritdoc/>
    public Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        ArgumentNullException.ThrowIfNull(next);
        var headers = invocation.Http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'"; // Data: nothing to load, nothing to frame.
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store"; // Cacheable answers say otherwise.
        // Browsers keep it by host name: in Development it would take http from whatever else runs on localhost. Without https it means nothing (RFC 6797, section 7.2).
        if (!environment.IsDevelopment() && address.IsHttps(invocation.Http))
        {
            headers.StrictTransportSecurity = OneYear;
        }

        return next();
    }
}
