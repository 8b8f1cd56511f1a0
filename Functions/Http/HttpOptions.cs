using System.ComponentModel.DataAnnotations;

namespace Functions.Http;

/// <summary>What the application assumes about its HTTP front end. Settings: <c>Http__…</c>.</summary>
public sealed class HttpOptions
{
    /// <summary>
    /// How many proxies in front of the application are trusted to append to <c>X-Forwarded-For</c>; default 0. Behind the front end of
    /// Azure Functions it is 1. With 0 the header is ignored, as any client can send it.
    /// </summary>
    [Range(0, 10)]
    public int TrustedProxyHops { get; set; }
}
