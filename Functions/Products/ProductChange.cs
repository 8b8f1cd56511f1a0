namespace Functions.Products;

/// <summary>How a change of a product ended.</summary>
/// <param name="Outcome">Whether it was made.</param>
/// <param name="Product">The product after the change; null if there is none, or the change was not made.</param>
public sealed record ProductChange(ChangeOutcome Outcome, ProductAnswer? Product = null);
