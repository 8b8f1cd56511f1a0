using Functions.Redis.Events;

namespace Functions.Products;

/// <summary>Has caches follow a change of a product.</summary>
/// <remarks>
/// Who changes a product invalidates what is cached, on every instance, before the answer. That process may have died between the commit and
/// that; nobody can tell from the event, and invalidating twice does no harm.
/// </remarks>
public sealed class ProductUpdatedHandler(ProductCatalog products) : IEventHandler<ProductUpdated>
{
    /// <inheritdoc/>
    public async Task HandleAsync(ReceivedEvent<ProductUpdated> received, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(received);
        await products.InvalidateAsync(received.Data.ProductId);
    }
}
