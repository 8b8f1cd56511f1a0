namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/cache</c>.</summary>
/// <param name="Minutes">Over how many minutes the numbers are.</param>
/// <param name="Prefixes">The kinds of answers.</param>
public sealed record CacheUseAnswer(int Minutes, IReadOnlyList<CachePrefixUse> Prefixes);
