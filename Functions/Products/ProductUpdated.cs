namespace Functions.Products;

/// <summary>The data of the event <c>product_updated</c>.</summary>
/// <param name="ProductId">Which product.</param>
/// <param name="Changes">The fields that the change named.</param>
public sealed record ProductUpdated(int ProductId, IReadOnlyList<string> Changes)
{
    public const string EventType = "product_updated";
}
