namespace Functions.Products;

/// <summary>A group of products.</summary>
public sealed record CategoryAnswer(int Id, string Name);
