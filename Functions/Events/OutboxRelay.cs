using System.Text.Json;
using Functions.Data;
using Functions.Redis.Events;
using Microsoft.EntityFrameworkCore;

namespace Functions.Events;

/// <summary>Publishes what is in the outbox, in the order in which it was stored.</summary>
/// <remarks>
/// The life of an event:
/// <list type="number">
/// <item>It is committed with the change that it tells of.</item>
/// <item>A relay publishes it. One relay works at a time, over all instances: so the order is kept. The database ends its turn when its
/// connection ends, so one that dies holds up nobody.</item>
/// <item>When it has been handled it is deleted (<see cref="OutboxConfirmation"/>).</item>
/// <item>If that does not happen in time it is published again. Redis knows its id: it is either still to be handled, or has been, or Redis
/// has lost it and takes it as new.</item>
/// </list>
/// A later event of the same channel is not published before one that Redis has lost: each names the one that must be there before it.
/// </remarks>
public sealed class OutboxRelay(IDbContextFactory<AppDbContext> contexts, EventPublisher publisher, OutboxOptions options, TimeProvider time)
{
    private const long TurnLock = 0x6f7574626f78; // "outbox"
    private const int MostRounds = 1000;

    /// <summary>Publishes until there is nothing left; returns how many events it looked after.</summary>
    public async Task<int> RelayAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        for (var round = 0; round < MostRounds; round++)
        {
            var count = await RelayBatchAsync(cancellationToken);
            total += count;
            if (count == 0)
            {
                break;
            }
        }

        return total;
    }

    private async Task<int> RelayBatchAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync(
            $"SET LOCAL idle_in_transaction_session_timeout = '15s'; SELECT pg_advisory_xact_lock({TurnLock})", cancellationToken);

        var now = time.GetUtcNow();
        var unconfirmedSince = now - options.ConfirmAfter;
        var batch = await context.Outbox.AsNoTracking()
            .Where(row => row.RelayedAt == null || row.RelayedAt < unconfirmedSince)
            .OrderBy(row => row.Id)
            .Take(options.BatchSize)
            .ToListAsync(cancellationToken);
        if (batch.Count == 0)
        {
            return 0;
        }

        var outcomes = await Task.WhenAll(await PublishAsync(context, batch, cancellationToken));

        var rows = batch.Zip(outcomes).ToLookup(pair => pair.Second, pair => pair.First);
        long[] handled = [.. rows[PublishOutcome.Handled].Select(row => row.Id)];
        long[] relayed = [.. rows[PublishOutcome.Published].Concat(rows[PublishOutcome.Pending]).Select(row => row.Id)];
        string[] forgotten = [.. rows[PublishOutcome.PredecessorLost].Select(row => row.Channel).Distinct()];
        await context.Outbox.Where(row => handled.Contains(row.Id)).ExecuteDeleteAsync(cancellationToken);
        await context.Outbox.Where(row => relayed.Contains(row.Id)).ExecuteUpdateAsync(set => set.SetProperty(row => row.RelayedAt, now), cancellationToken);
        if (forgotten.Length > 0)
        {
            await context.Outbox.Where(row => forgotten.Contains(row.Channel))
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.RelayedAt, (DateTimeOffset?)null), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return batch.Count;
    }

    // All are on their way when this returns, in their order.
    private async Task<List<Task<PublishOutcome>>> PublishAsync(AppDbContext context, List<OutboxEvent> batch, CancellationToken cancellationToken)
    {
        string[] channels = [.. batch.Select(row => row.Channel).Distinct()];
        var published = new List<Task<PublishOutcome>>(batch.Count);
        var before = await FindUnconfirmedAsync(context, channels, batch, cancellationToken);
        foreach (var row in batch)
        {
            published.Add(publisher.PublishAsync(
                new OutgoingEvent(row.Channel, row.EventId, row.Type, JsonElement.Parse(row.Data), row.CreatedAt)
                {
                    Traceparent = row.Traceparent,
                    Confirm = true,
                    After = before.GetValueOrDefault(row.Channel),
                },
                cancellationToken));
            before[row.Channel] = row.EventId;
        }

        return published;
    }

    /// <summary>By channel, the newest event before those of the batch that is published and not confirmed: Redis must have it.</summary>
    private static async Task<Dictionary<string, string>> FindUnconfirmedAsync(
        AppDbContext context, string[] channels, List<OutboxEvent> batch, CancellationToken cancellationToken)
    {
        var first = batch.GroupBy(row => row.Channel).ToDictionary(rows => rows.Key, rows => rows.Min(row => row.Id));
        var unconfirmed = await context.Outbox.AsNoTracking()
            .Where(row => channels.Contains(row.Channel) && row.RelayedAt != null)
            .Select(row => new { row.Id, row.Channel, row.EventId })
            .ToListAsync(cancellationToken);
        return unconfirmed
            .Where(row => row.Id < first[row.Channel])
            .GroupBy(row => row.Channel)
            .ToDictionary(rows => rows.Key, rows => rows.MaxBy(row => row.Id)!.EventId);
    }
}
