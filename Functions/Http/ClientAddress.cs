using System.Net;
using Microsoft.AspNetCore.Http;

namespace Functions.Http;

/// <summary>Finds out who sent a request, as far as the proxies in front can be trusted.</summary>
public sealed class ClientAddress(HttpOptions options)
{
    /// <summary>The client's address without port, or <c>unknown</c>.</summary>
    /// <remarks>
    /// Every proxy appends the address that it saw to <c>X-Forwarded-For</c>. The last ones are written by our own proxies; what stands
    /// before those is written by the client.
    /// </remarks>
    public string Of(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (options.TrustedProxyHops > 0)
        {
            var hops = string.Join(',', http.Request.Headers["X-Forwarded-For"].AsEnumerable())
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (hops.Length > 0 && Parse(hops[^Math.Min(options.TrustedProxyHops, hops.Length)]) is { } forwarded)
            {
                return Text(forwarded);
            }
        }

        return http.Connection.RemoteIpAddress is { } address ? Text(address) : "unknown";
    }

    /// <summary>Whether the client's connection is encrypted, also where a trusted proxy ends TLS.</summary>
    public bool IsHttps(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return http.Request.IsHttps
            || (options.TrustedProxyHops > 0 && string.Equals(http.Request.Headers["X-Forwarded-Proto"], "https", StringComparison.OrdinalIgnoreCase));
    }

    // Azure's front end writes the port too.
    private static IPAddress? Parse(string hop) =>
        IPAddress.TryParse(hop, out var address) ? address : IPEndPoint.TryParse(hop, out var endPoint) ? endPoint.Address : null;

    private static string Text(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
