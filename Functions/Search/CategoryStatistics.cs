using System.Text.Json.Serialization;
using Functions.Products;

namespace Functions.Search;

/// <summary>Prices of one category.</summary>
/// <param name="CategoryId">The category.</param>
/// <param name="Products">How many products it has.</param>
/// <param name="MinimumPrice">The lowest price.</param>
/// <param name="MaximumPrice">The highest.</param>
/// <param name="AveragePrice">The mean, rounded to two decimals.</param>
public sealed record CategoryStatistics(
    int CategoryId,
    int Products,
    [property: JsonConverter(typeof(PriceConverter))] decimal MinimumPrice,
    [property: JsonConverter(typeof(PriceConverter))] decimal MaximumPrice,
    [property: JsonConverter(typeof(PriceConverter))] decimal AveragePrice);
