namespace Functions.Search;

/// <summary>The answer of <c>GET /search</c>.</summary>
public sealed record SearchAnswer(IReadOnlyList<SearchResult> Results);
