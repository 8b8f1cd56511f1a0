using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Redis.Caching;

/// <summary>How one entry is cached; what is null is taken from <see cref="CacheOptions"/>.</summary>
public sealed record RedisCacheEntryOptions
{
    internal static readonly RedisCacheEntryOptions Default = new();

    private static volatile Conversion? _last;

    /// <summary>Time to live.</summary>
    public TimeSpan? Expiration { get; init; }

    /// <summary>Time to live if the value is null; zero does not cache it.</summary>
    public TimeSpan? NegativeExpiration { get; init; }

    /// <summary>
    /// How long the value is kept in the first level, in the process; zero: not at all. It is not kept longer than in Redis.
    /// </summary>
    public TimeSpan? LocalExpiration { get; init; }

    /// <summary>
    /// How long the value is served after it has expired, while it is made anew in the background. The factory then runs after the caller has
    /// been answered: it must not use what ends with the caller's request.
    /// </summary>
    public TimeSpan? StaleWhileRevalidate { get; init; }

    /// <summary>How long the value is served after it has expired, if the factory fails.</summary>
    public TimeSpan? FailSafe { get; init; }

    /// <summary>From which size on the value is compressed, in bytes.</summary>
    public int? CompressionThresholdBytes { get; init; }

    /// <summary>Which parts of the cache are left out.</summary>
    public HybridCacheEntryFlags Flags { get; init; }

    internal bool Has(HybridCacheEntryFlags flag) => (Flags & flag) == flag;

    /// <summary>The options of the abstraction. Its first level is off unless the entry, or the default of all, names a time for it.</summary>
    internal static RedisCacheEntryOptions From(HybridCacheEntryOptions? options)
    {
        if (options is null)
        {
            return Default;
        }

        // Callers mostly pass one object again and again.
        if (_last is { } last && ReferenceEquals(last.Options, options))
        {
            return last.Converted;
        }

        var converted = new RedisCacheEntryOptions
        {
            Expiration = options.Expiration,
            LocalExpiration = options.LocalCacheExpiration,
            Flags = options.Flags ?? HybridCacheEntryFlags.None,
        };
        _last = new Conversion(options, converted);
        return converted;
    }

    private sealed record Conversion(HybridCacheEntryOptions Options, RedisCacheEntryOptions Converted);
}
