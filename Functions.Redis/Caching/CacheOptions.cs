using System.ComponentModel.DataAnnotations;

namespace Functions.Redis.Caching;

/// <summary>Defaults and bounds of the cache. Settings: <c>Cache__…</c>.</summary>
public sealed class CacheOptions
{
    /// <summary>What all keys of the cache start with; default <c>cache:</c>.</summary>
    [Required]
    public string KeyPrefix { get; set; } = "cache:";

    /// <summary>Time to live of an entry that asks for none; default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan DefaultExpiration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Time to live of a cached <c>null</c>, where the entry asks for none; default 30 seconds. Zero does not cache it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan NegativeExpiration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// By how much a time to live is shortened at random at most, 0 to 0.5; default 0.05, so that entries made together do not expire together.
    /// </summary>
    [Range(0, 0.5)]
    public double ExpirationJitter { get; set; } = 0.05;

    /// <summary>
    /// How long a tag that nothing was stored under is remembered; default 7 days. Entries that live longer than that are lost early, never
    /// served wrongly.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan TagLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long the others wait for a reader that died while it filled an entry; default 3 seconds. A living one renews its lease.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long a reader waits for the factory of another process before it calls its own, one at a time per key and process; default
    /// 10 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan MaximumWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How often a process looks whether an entry that its readers wait for has been filled by another; default 50 milliseconds. A message
    /// tells it sooner, unless it is lost.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan PollingInterval { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest key, in characters; default 1,024. Under longer ones nothing is cached.</summary>
    [Range(64, 8192)]
    public int MaximumKeyLength { get; set; } = 1024;

    /// <summary>The largest serialized value that is stored, in bytes; default 1 MiB. Larger ones are returned, not cached.</summary>
    [Range(1, 512 * 1024 * 1024)]
    public int MaximumPayloadBytes { get; set; } = 1024 * 1024;

    /// <summary>Values from this size on are compressed by Brotli, in bytes; default 16 KiB.</summary>
    [Range(0, int.MaxValue)]
    public int CompressionThresholdBytes { get; set; } = 16 * 1024;

    /// <summary>
    /// How long an expired entry is still served while it is made anew in the background, where the entry does not say; default zero: not at
    /// all. What was removed is never served.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan StaleWhileRevalidate { get; set; }

    /// <summary>
    /// How long an expired entry is still served when its factory fails, where the entry does not say; default zero: not at all. What was
    /// removed is never served.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan FailSafe { get; set; }

    /// <summary>
    /// How long values are kept in the first level, in the process, where the entry does not say; default zero: not at all. Such a value can
    /// be stale for a moment after it was removed elsewhere.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan LocalExpiration { get; set; }

    /// <summary>
    /// How long the first level serves a value while the process cannot hear whether others have removed it: counted from the last heartbeat,
    /// or from when the value was read. Default three heartbeat intervals; zero serves none from the moment on in which the connection is
    /// lost. Longer times bridge longer outages of Redis, with values that can be stale for as long.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan? LocalOutageExpiration { get; set; }

    /// <summary>The size of the first level in the process, in bytes of serialized values; default 64 MiB. Only entries that ask for it are kept there.</summary>
    [Range(0, long.MaxValue)]
    public long MaximumLocalBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// How often an instance checks that it hears of removals; default one second. After three misses removals count as missed: see
    /// <see cref="LocalOutageExpiration"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a read waits for Redis in total before it goes on without; default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:05:00")]
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long reads do not ask Redis at all after it has failed; then one of them tries. Default one second, at least half a second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:05:00")]
    public TimeSpan CircuitBreakDuration { get; set; } = TimeSpan.FromSeconds(1);
}
