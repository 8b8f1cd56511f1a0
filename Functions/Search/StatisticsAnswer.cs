using Functions.OpenApi;

namespace Functions.Search;

/// <summary>The answer of <c>GET /expensive-operation</c>.</summary>
[Example("""{"result": [{"category_id": 3, "products": 100, "minimum_price": 4.50, "maximum_price": 249.50, "average_price": 51.25}]}""")]
public sealed record StatisticsAnswer(IReadOnlyList<CategoryStatistics> Result);
