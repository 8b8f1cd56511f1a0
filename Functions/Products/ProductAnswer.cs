namespace Functions.Products;

/// <summary>A product, as everybody sees it.</summary>
public sealed record ProductAnswer(int Id, string Name, string Description, decimal Price, int CategoryId, DateTimeOffset UpdatedAt);
