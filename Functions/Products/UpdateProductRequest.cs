using System.ComponentModel.DataAnnotations;
using Functions.Http;
using Functions.OpenApi;

namespace Functions.Products;

/// <summary>The body of <c>PUT /products/{id}</c>: any of the fields.</summary>
[Example("""{"price": 42.50}""")]
public record UpdateProductRequest : IValidatableObject
{
    [TextLength(200, Minimum = 1)]
    public virtual string? Name { get; init => field = UnicodeText.Compose(value); }

    [TextLength(4000)]
    public string? Description { get; init => field = UnicodeText.Compose(value); }

    /// <summary>With two decimals at most.</summary>
    [Price]
    public virtual decimal? Price { get; init; }

    [Range(1, int.MaxValue)]
    public virtual int? CategoryId { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Name is null && Description is null && Price is null && CategoryId is null
            ? [new ValidationResult("Give at least one of name, description, price and category_id.", ["Body"])]
            : [];
}
