using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Functions.Http;

/// <summary>Finds out who sent a request, as far as the proxies in front can be trusted.</summary>
public sealed class ClientAddress(HttpOptions options)
{
    private const string Unknown = "unknown";

    /// <summary>The client's address without port, or <c>unknown</c>.</summary>
    /// <remarks>
    /// Every proxy appends the address that it saw to <c>X-Forwarded-For</c>. The last ones are written by our own proxies; what stands
    /// before those is written by the client.
    /// </remarks>
    public string Of(HttpContext http) => Find(http) is { } address ? address.ToString() : Unknown;

    /// <summary>
    /// By what to count a client: its address, of IPv6 the network of 64 bits, which is the least that one subscriber has: who counted single
    /// addresses would count nobody.
    /// </summary>
    public string NetworkOf(HttpContext http) => Find(http) is { } address ? NetworkOf(address) : Unknown;

    /// <summary>By what to count clients of an address.</summary>
    public static string NetworkOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var plain = Plain(address);
        return plain.AddressFamily == AddressFamily.InterNetworkV6 ? Network(plain, 64) : plain.ToString();
    }

    /// <summary>The next larger network: 24 bits of an IPv4 address, 48 of an IPv6 address, which is as much as many sites are given.</summary>
    public string WiderNetworkOf(HttpContext http) =>
        Find(http) is not { } address ? Unknown : Network(address, address.AddressFamily == AddressFamily.InterNetworkV6 ? 48 : 24);

    private static string Network(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(bits / 8).Clear();
        return $"{new IPAddress(bytes)}/{bits}";
    }

    private IPAddress? Find(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return Forwarded(http, "X-Forwarded-For") is { } hop && Parse(hop) is { } forwarded ? Plain(forwarded)
            : http.Connection.RemoteIpAddress is { } address ? Plain(address)
            : null;
    }

    /// <summary>Whether the client's connection is encrypted, also where a trusted proxy ends TLS: <c>X-Forwarded-Proto</c> is read as <c>X-Forwarded-For</c> is.</summary>
    public bool IsHttps(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var scheme = Forwarded(http, "X-Forwarded-Proto") is { } forwarded && (Is(forwarded, "https") || Is(forwarded, "http")) ? forwarded : http.Request.Scheme;
        return Is(scheme, "https");

        static bool Is(string scheme, string name) => string.Equals(scheme, name, StringComparison.OrdinalIgnoreCase);
    }

    // What the outermost trusted proxy wrote: each appends, so it is counted from the right. Proxies that replace the header leave less, or one.
    private string? Forwarded(HttpContext http, string header)
    {
        if (options.TrustedProxyHops == 0)
        {
            return null;
        }

        var hops = string.Join(',', http.Request.Headers[header].AsEnumerable()).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return hops.Length == 0 ? null : hops[^Math.Min(options.TrustedProxyHops, hops.Length)];
    }

    // Azure's front end writes the port too.
    private static IPAddress? Parse(string hop) =>
        IPAddress.TryParse(hop, out var address) ? address : IPEndPoint.TryParse(hop, out var endPoint) ? endPoint.Address : null;

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
