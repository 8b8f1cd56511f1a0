using System.Text.Json.Serialization;
using Functions.Products;

namespace Functions.Search;

/// <summary>Prices of one category.</summary>
public sealed record CategoryStatistics(
    int CategoryId,
    int Products,
    [property: JsonConverter(typeof(PriceConverter))] decimal MinimumPrice,
    [property: JsonConverter(typeof(PriceConverter))] decimal MaximumPrice,
    [property: JsonConverter(typeof(PriceConverter))] decimal AveragePrice);
