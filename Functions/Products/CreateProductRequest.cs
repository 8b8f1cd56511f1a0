using System.ComponentModel.DataAnnotations;

namespace Functions.Products;

/// <summary>The body of <c>POST /products</c>: all of the fields, the description may be left out.</summary>
public sealed record CreateProductRequest : UpdateProductRequest
{
    /// <inheritdoc/>
    public override IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Name is null)
        {
            yield return new ValidationResult("The name is required.", [nameof(Name)]);
        }

        if (Price is null)
        {
            yield return new ValidationResult("The price is required.", [nameof(Price)]);
        }

        if (CategoryId is null)
        {
            yield return new ValidationResult("The category is required.", [nameof(CategoryId)]);
        }
    }
}
