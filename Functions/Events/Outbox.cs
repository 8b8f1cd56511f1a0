using System.Diagnostics;
using System.Text.Json;
using Functions.Data;
using Functions.Http;
using Functions.Redis.Events;

namespace Functions.Events;

/// <summary>Events that belong to a change of the data: they are stored with it, in its transaction, and published once it is committed.</summary>
public sealed class Outbox(EventPublisher publisher, OutboxSignal signal, TimeProvider time)
{
    /// <summary>Adds an event for everybody to what <paramref name="context"/> saves next.</summary>
    public void AddBroadcast(AppDbContext context, string type, object data) => Add(context, EventNames.Broadcast, type, data);

    /// <summary>Adds an event for one user to what <paramref name="context"/> saves next.</summary>
    public void AddForUser(AppDbContext context, int userId, string type, object data) => Add(context, EventNames.User(userId), type, data);

    /// <summary>Call it after the commit: the events are published at once. Without it a timer does so some seconds later.</summary>
    public void Committed() => signal.Set();

    private void Add(AppDbContext context, string channel, string type, object data)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(data);
        var outgoing = new OutgoingEvent(
            channel, OutgoingEvent.NewId(), type, JsonSerializer.SerializeToElement(data, data.GetType(), ApiJson.Options), time.GetUtcNow());
        publisher.Validate(outgoing); // What cannot be published must not be stored: it would hold up all others.
        context.Outbox.Add(new OutboxEvent
        {
            EventId = outgoing.Id,
            Channel = channel,
            Type = type,
            Data = outgoing.Data.GetRawText(),
            Traceparent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null,
            CreatedAt = outgoing.Timestamp,
        });
    }
}
