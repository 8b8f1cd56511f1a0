using System.ComponentModel.DataAnnotations;

namespace Functions.Http;

/// <summary>What the application assumes about its HTTP front end, and which web pages may call it. Settings: <c>Http__…</c>.</summary>
public sealed class HttpOptions : IValidatableObject
{
    private const string EveryOrigin = "*";

    /// <summary>
    /// How many proxies in front of the application are trusted to append to <c>X-Forwarded-For</c>; default 0. Behind the front end of
    /// Azure Functions it is 1. With 0 the header is ignored, as any client can send it.
    /// </summary>
    [Range(0, 10)]
    public int TrustedProxyHops { get; set; }

    /// <summary>
    /// How many bytes of answers a process holds at most for clients that do not take them, 2 MiB to 64 GiB; default 64 MiB. Beyond that the
    /// connections that have taken nothing for the longest time are cut.
    /// </summary>
    [Range(2L * 1024 * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaximumUnsentBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// How many times a limit by address the next larger network may use up, the /24 of an IPv4 address and the /48 of an IPv6 address, up to
    /// 10,000; default 0: that network has no limit.
    /// </summary>
    [Range(0, 10_000)]
    public int NetworkLimitFactor { get; set; }

    /// <summary>
    /// Other origins whose pages may call the API from a browser, such as <c>https://shop.example</c>, or <c>*</c> for every one; default
    /// none. They sign in with the <c>X-Session-ID</c> header: the cookie is not sent across origins.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; set; } = [];

    /// <summary>
    /// How long a request whose body does not come is kept waiting, 1 second to 1 hour; default 1 minute. It is answered 408 when nothing has come for that long, or when the
    /// body is that far behind <see cref="BodyBytesPerSecond"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How fast bodies must come on average, in bytes per second, 1 to 1,000,000; default 1,000.</summary>
    [Range(1, 1_000_000)]
    public int BodyBytesPerSecond { get; set; } = 1000;

    /// <summary>
    /// Whether answers tell in <c>Server-Timing</c> what they asked of Redis and PostgreSQL, and how long that took; default: in Development
    /// only, as it tells strangers how the application works.
    /// </summary>
    public bool? ServerTiming { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => AllowedOrigins
        .Where(origin => origin != EveryOrigin && !IsOrigin(origin))
        .Select(origin => new ValidationResult($"'{origin}' is no origin such as 'https://shop.example', nor '*'.", [nameof(AllowedOrigins)]));

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text;
}
