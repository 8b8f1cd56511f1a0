using Functions.Products;
using Functions.Redis.Events;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace Functions.Events;

/// <summary>What makes events be handled: messages, which every instance hears, and a timer for those that nobody heard.</summary>
public sealed class EventTriggers(EventWorker worker, OutboxRelay relay, PresenceEvents presence, ProductCatalog products)
{
    [Function("OnBroadcastEvent")]
    public Task OnBroadcastAsync([RedisPubSubTrigger("Redis", EventNames.Broadcast)] string message, CancellationToken cancellationToken)
    {
        var received = PubSubMessage.Parse(message);
        if (received.TryRead<ProductUpdated>(ProductUpdated.EventType, out var update))
        {
            products.DropLocal(update.ProductId); // On every instance, not only on the one that will handle the event.
        }

        return worker.ReceiveAsync(received.Channel, received.Message, cancellationToken);
    }

    [Function("OnUserEvent")]
    public Task OnUserAsync([RedisPubSubTrigger("Redis", "user:*", true)] string message, CancellationToken cancellationToken)
    {
        var received = PubSubMessage.Parse(message);
        return worker.ReceiveAsync(received.Channel, received.Message, cancellationToken);
    }

    [Function("SweepEvents")]
    public async Task SweepAsync([TimerTrigger("*/2 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellationToken)
    {
        await worker.SweepAsync(cancellationToken);
        await presence.ExpireAsync(cancellationToken);
    }

    [Function("RelayOutbox")]
    public Task RelayAsync([TimerTrigger("*/5 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellationToken) =>
        relay.RelayAsync(cancellationToken);
}
