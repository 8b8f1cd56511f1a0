using Functions.OpenApi;
using Functions.Redis.Monitoring;

namespace Functions.AdminConsole;

/// <summary>How often answers of one kind came from the cache.</summary>
/// <param name="Prefix">What their keys begin with.</param>
/// <param name="Hits">From the cache.</param>
/// <param name="Stale">From the cache, after their time.</param>
/// <param name="Misses">Made anew.</param>
/// <param name="Bypasses">Made while the cache could not be used.</param>
[Example("""{"prefix": "product", "hits": 900, "stale": 2, "misses": 58, "bypasses": 0}""")]
public sealed record CachePrefixUse(string Prefix, long Hits, long Stale, long Misses, long Bypasses)
{
    private const string Start = "cache.";

    internal static IReadOnlyList<CachePrefixUse> Of(IEnumerable<CountedMinute> minutes) =>
    [
        .. minutes.SelectMany(minute => minute.Counts)
            .Where(count => count.Key.StartsWith(Start, StringComparison.Ordinal))
            .GroupBy(count => count.Key[Start.Length..count.Key.LastIndexOf('.')])
            .OrderBy(prefix => prefix.Key, StringComparer.Ordinal)
            .Select(prefix => new CachePrefixUse(prefix.Key, Sum(prefix, ".hit"), Sum(prefix, ".stale"), Sum(prefix, ".miss"), Sum(prefix, ".bypass"))),
    ];

    private static long Sum(IEnumerable<KeyValuePair<string, long>> counts, string outcome) =>
        counts.Where(count => count.Key.EndsWith(outcome, StringComparison.Ordinal)).Sum(count => count.Value);
}
