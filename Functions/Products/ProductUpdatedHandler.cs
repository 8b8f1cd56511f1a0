using Functions.Redis.Events;

namespace Functions.Products;

/// <summary>Has caches follow a change of a product whose author did not live to see to it.</summary>
/// <remarks>
/// Who changes a product invalidates what is cached, on every instance, before the answer. An event that comes late was relayed by somebody
/// else: the process that made the change may have died in between.
/// </remarks>
public sealed class ProductUpdatedHandler(ProductCatalog products, TimeProvider time) : IEventHandler<ProductUpdated>
{
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task HandleAsync(ReceivedEvent<ProductUpdated> received, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(received);
        if (time.GetUtcNow() - received.Timestamp > Late)
        {
            await products.InvalidateAsync(received.Data.ProductId);
        }
    }
}
