using Functions.OpenApi;

namespace Functions.Products;

/// <summary>A group of products.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
[Example("""{"id": 3, "name": "Furniture"}""")]
public sealed record CategoryAnswer(int Id, string Name);
