using Functions.Data;
using Functions.Events;
using Functions.Redis.Events;
using Microsoft.EntityFrameworkCore;

namespace Functions.AdminConsole;

/// <summary>What administrators do with events that wait or could not be handled.</summary>
public sealed class EventDesk(ParkedEvents parked, EventPublisher publisher, Outbox outbox, IDbContextFactory<AppDbContext> contexts, TimeProvider time)
{
    /// <summary>How many events wait in the outbox, and for how long.</summary>
    public Task<OutboxAnswer> CountOutboxAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return contexts.ReadAsync(
            async context =>
            {
                var rows = context.Outbox.AsNoTracking();
                var waiting = await rows.CountAsync(row => row.RelayedAt == null, cancellationToken);
                var published = await rows.CountAsync(row => row.RelayedAt <= now, cancellationToken);
                var held = await rows.CountAsync(row => row.RelayedAt > now, cancellationToken);
                var oldest = await rows.MinAsync(row => (DateTimeOffset?)row.CreatedAt, cancellationToken);
                return new OutboxAnswer(waiting, published, held, oldest is { } since ? Math.Max(0, Math.Round((now - since).TotalSeconds, 1)) : 0);
            },
            cancellationToken);
    }

    /// <summary>Has a parked event handled once more; false if it cannot be published again, null if there is none.</summary>
    public async Task<bool?> RetryAsync(string id, CancellationToken cancellationToken)
    {
        if (await parked.FindAsync(id, cancellationToken) is not { } found)
        {
            return null;
        }

        if (found.Envelope is not { } envelope)
        {
            return false;
        }

        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Outbox.Where(row => row.EventId == envelope.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.RelayedAt, (DateTimeOffset?)null), cancellationToken) > 0)
        {
            outbox.Committed(); // The relay publishes it, in its place.
        }
        else
        {
            await publisher.PublishAsync(
                new OutgoingEvent(found.Channel, envelope.Id, envelope.Type, envelope.Data, envelope.Timestamp) { Traceparent = envelope.Traceparent },
                cancellationToken);
        }

        await parked.RemoveAsync(id, CancellationToken.None);
        return true;
    }

    /// <summary>Gives a parked event up; false if there is none.</summary>
    public async Task<bool> DropAsync(string id, CancellationToken cancellationToken)
    {
        if (await parked.FindAsync(id, cancellationToken) is not { } found)
        {
            return false;
        }

        if (found.Envelope is { } envelope)
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            await context.Outbox.Where(row => row.EventId == envelope.Id).ExecuteDeleteAsync(cancellationToken);
        }

        return await parked.RemoveAsync(id, CancellationToken.None);
    }
}
