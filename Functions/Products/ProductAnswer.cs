using System.Text.Json.Serialization;

namespace Functions.Products;

/// <summary>A product, as everybody sees it.</summary>
public sealed record ProductAnswer(
    int Id,
    string Name,
    string Description,
    [property: JsonConverter(typeof(PriceConverter))] decimal Price,
    int CategoryId,
    DateTimeOffset UpdatedAt);
