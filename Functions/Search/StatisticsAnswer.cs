namespace Functions.Search;

/// <summary>The answer of <c>GET /expensive-operation</c>.</summary>
public sealed record StatisticsAnswer(IReadOnlyList<CategoryStatistics> Result);
