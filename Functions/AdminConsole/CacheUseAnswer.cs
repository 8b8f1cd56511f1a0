using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/cache</c>.</summary>
/// <param name="Minutes">Over how many minutes the numbers are.</param>
/// <param name="Prefixes">The kinds of answers.</param>
[Example("""{"minutes": 60, "prefixes": [{"prefix": "product", "hits": 900, "stale": 2, "misses": 58, "bypasses": 0}]}""")]
public sealed record CacheUseAnswer(int Minutes, IReadOnlyList<CachePrefixUse> Prefixes);
