using Functions.OpenApi;
using Functions.Redis.Monitoring;

namespace Functions.AdminConsole;

/// <summary>A minute of all instances.</summary>
/// <param name="At">Its first moment.</param>
/// <param name="Requests">Answered requests, without event streams and the console's own.</param>
/// <param name="Failed">Those that were answered with 5xx.</param>
/// <param name="Limited">Those that were answered with 429.</param>
/// <param name="MeanMs">How long one took on average, in milliseconds; null without any.</param>
/// <param name="CacheHits">Answers that came from the cache, stale ones included.</param>
/// <param name="CacheMisses">Cacheable answers that were made.</param>
/// <param name="TasksFinished">Tasks that succeeded.</param>
/// <param name="TasksFailed">Attempts that failed.</param>
/// <param name="RedisMemory">What Redis held, in bytes; null where nobody has asked.</param>
[Example("""{"at": "2026-11-23T10:42:00Z", "requests": 1200, "failed": 0, "limited": 7, "mean_ms": 3.41, "cache_hits": 900, "cache_misses": 60, "tasks_finished": 42, "tasks_failed": 1, "redis_memory": 8388608}""")]
public sealed record OverviewMinute(
    DateTimeOffset At,
    long Requests,
    long Failed,
    long Limited,
    double? MeanMs,
    long CacheHits,
    long CacheMisses,
    long TasksFinished,
    long TasksFailed,
    long? RedisMemory)
{
    internal static OverviewMinute Of(CountedMinute minute)
    {
        var cache = CachePrefixUse.Of([minute]);
        return new OverviewMinute(
            minute.Start,
            minute["requests"],
            minute["requests.failed"],
            minute["requests.limited"],
            minute["requests"] > 0 ? Math.Round(minute["requests.microseconds"] / 1000.0 / minute["requests"], 2) : null,
            cache.Sum(prefix => prefix.Hits + prefix.Stale),
            cache.Sum(prefix => prefix.Misses + prefix.Bypasses),
            minute["tasks.finished"],
            minute["tasks.failed"],
            minute.Counts.TryGetValue(CountedMinute.RedisMemory, out var memory) ? memory : null);
    }
}
