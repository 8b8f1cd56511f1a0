using System.ComponentModel.DataAnnotations;
using Functions.OpenApi;

namespace Functions.Products;

/// <summary>The body of <c>POST /products</c>: all of the fields, the description may be left out.</summary>
[Example("""{"name": "Oak table", "description": "Seats six.", "price": 249.50, "category_id": 3}""")]
public sealed record CreateProductRequest : UpdateProductRequest
{
    [Required(ErrorMessage = "The name is required.")]
    public override string? Name { get => base.Name; init => base.Name = value; }

    [Required(ErrorMessage = "The price is required.")]
    public override decimal? Price { get => base.Price; init => base.Price = value; }

    [Required(ErrorMessage = "The category is required.")]
    public override int? CategoryId { get => base.CategoryId; init => base.CategoryId = value; }
}
