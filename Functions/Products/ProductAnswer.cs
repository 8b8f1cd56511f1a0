using System.Text.Json.Serialization;
using Functions.OpenApi;

namespace Functions.Products;

/// <summary>A product, as everybody sees it.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Description">What it is.</param>
/// <param name="Price">With two decimals.</param>
/// <param name="CategoryId">Its category.</param>
/// <param name="UpdatedAt">When it was last changed.</param>
[Example("""{"id": 1, "name": "Oak table", "description": "Seats six.", "price": 249.50, "category_id": 3, "updated_at": "2026-11-23T10:00:00Z"}""")]
public sealed record ProductAnswer(
    int Id,
    string Name,
    string Description,
    [property: JsonConverter(typeof(PriceConverter))] decimal Price,
    int CategoryId,
    DateTimeOffset UpdatedAt);
