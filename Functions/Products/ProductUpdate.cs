namespace Functions.Products;

/// <summary>How a change of a product ended.</summary>
/// <param name="Product">The product after the change; null if it was not made.</param>
/// <param name="IsCategoryMissing">Whether it was not made because there is no such category; otherwise there is no such product.</param>
public sealed record ProductUpdate(ProductAnswer? Product, bool IsCategoryMissing);
