namespace Functions.Products;

/// <summary>A group of products.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
public sealed record CategoryAnswer(int Id, string Name);
