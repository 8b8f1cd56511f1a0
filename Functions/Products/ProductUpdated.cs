using Functions.OpenApi;

namespace Functions.Products;

/// <summary>The data of the event <c>product_updated</c>.</summary>
/// <param name="ProductId">Which product.</param>
/// <param name="Changes">The fields that the change named.</param>
[Example("""{"product_id": 1, "changes": ["price"]}""")]
public sealed record ProductUpdated(int ProductId, IReadOnlyList<string> Changes)
{
    public const string EventType = "product_updated";
}
