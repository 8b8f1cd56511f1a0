using Functions.OpenApi;

namespace Functions.Search;

/// <summary>The answer of <c>GET /search</c>.</summary>
[Example("""{"results": [{"id": 1, "name": "Oak table", "rank": 1.62}]}""")]
public sealed record SearchAnswer(IReadOnlyList<SearchResult> Results);
