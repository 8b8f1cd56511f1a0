namespace Functions.Search;

/// <summary>Prices of one category.</summary>
public sealed record CategoryStatistics(int CategoryId, int Products, decimal MinimumPrice, decimal MaximumPrice, decimal AveragePrice);
