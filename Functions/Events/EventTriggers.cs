using Functions.Data;
using Functions.Products;
using Functions.Redis.Events;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;
using Microsoft.Extensions.Logging;

namespace Functions.Events;

/// <summary>What makes events be handled: messages, which every instance hears, and a timer for those that nobody heard.</summary>
public sealed partial class EventTriggers(
    EventWorker worker, OutboxRelay relay, PresenceEvents presence, ProductCatalog products, ILogger<EventTriggers> logger)
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
    public Task SweepAsync([TimerTrigger("*/2 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellationToken) =>
        TryAsync(worker.SweepAsync, cancellationToken);

    // On its own: a sweep takes as long as the handlers do.
    [Function("ExpirePresence")]
    public Task ExpirePresenceAsync([TimerTrigger("*/2 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellationToken) =>
        TryAsync(presence.ExpireAsync, cancellationToken);

    [Function("RelayOutbox")]
    public Task RelayAsync([TimerTrigger("*/5 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellationToken) =>
        TryAsync(relay.RelayAsync, cancellationToken);

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (Exception exception) when (ServerOutage.Includes(exception))
        {
            LogSkipped(exception.Message); // The next one comes in some seconds.
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Events are looked after later, a server cannot be reached: {Reason}")]
    private partial void LogSkipped(string reason);
}
