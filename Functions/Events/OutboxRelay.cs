using System.Runtime.ExceptionServices;
using System.Text.Json;
using Functions.Data;
using Functions.Redis.Events;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

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
/// A later event of the same channel is not published before one that Redis has lost, or does not take: each names the one that must be there before it.
/// What fails holds up its own channel and nothing else. An event that can never be published, or was parked, holds up nothing; it stays and is tried
/// again after <see cref="EventOptions.ParkedLifetime"/>.
/// </remarks>
public sealed partial class OutboxRelay(
    IDbContextFactory<AppDbContext> contexts, EventPublisher publisher, OutboxOptions options, EventOptions events, TimeProvider time, ILogger<OutboxRelay> logger)
{
    private const long TurnLock = 0x6f7574626f78; // "outbox"
    private const int MostRounds = 1000;
    private const int MostFailedRounds = 3;

    /// <summary>Publishes until there is nothing left; returns how many events it looked after.</summary>
    /// <remarks>A channel that fails is left out; when all others are done with, the first failure is thrown.</remarks>
    public async Task<int> RelayAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        var failures = new Dictionary<string, Exception>();
        var failedRounds = 0;
        for (var round = 0; round < MostRounds && failedRounds < MostFailedRounds; round++)
        {
            var (count, failed) = await RelayBatchAsync(failures, cancellationToken);
            total += count - failed;
            failedRounds += count > 0 && count == failed ? 1 : 0;
            if (count == 0)
            {
                break;
            }
        }

        if (failures.Count > 0)
        {
            ExceptionDispatchInfo.Throw(failures.Values.First());
        }

        return total;
    }

    // How many events there were, and how many of them failed.
    private async Task<(int Count, int Failed)> RelayBatchAsync(Dictionary<string, Exception> failures, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync(
            $"SET LOCAL idle_in_transaction_session_timeout = '15s'; SELECT pg_advisory_xact_lock({TurnLock})", cancellationToken);

        var now = time.GetUtcNow();
        var unconfirmedSince = now - options.ConfirmAfter;
        string[] leftOut = [.. failures.Keys];
        var batch = await context.Outbox.AsNoTracking()
            .Where(row => (row.RelayedAt == null || row.RelayedAt < unconfirmedSince) && !leftOut.Contains(row.Channel))
            .OrderBy(row => row.Id)
            .Take(options.BatchSize)
            .ToListAsync(cancellationToken);
        if (batch.Count == 0)
        {
            return (0, 0);
        }

        var publications = await PublishAsync(context, batch, now, cancellationToken);
        await Task.WhenAll(publications.Select(publication => publication.Outcome)).ContinueWith(
            _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        cancellationToken.ThrowIfCancellationRequested();
        var refused = publications.Where(publication => IsOfTheRow(publication.Outcome.Exception?.InnerException)).ToList();
        refused.ForEach(publication => LogPoison(publication.Outcome.Exception!.InnerException!, publication.Row.Type, publication.Row.EventId, publication.Row.Channel));
        var failed = publications.Except(refused).Where(publication => !publication.Outcome.IsCompletedSuccessfully).ToList();
        failed.ForEach(publication => failures.TryAdd(publication.Row.Channel, publication.Outcome.Exception?.InnerException ?? new OperationCanceledException()));

        var rows = publications.Where(publication => publication.Outcome.IsCompletedSuccessfully)
            .ToLookup(publication => publication.Outcome.Result, publication => publication.Row);
        long[] handled = [.. rows[PublishOutcome.Handled].Select(row => row.Id)];
        long[] relayed = [.. rows[PublishOutcome.Published].Concat(rows[PublishOutcome.Pending]).Select(row => row.Id)];
        string[] forgotten = [.. rows[PublishOutcome.PredecessorLost].Select(row => row.Channel).Distinct()];
        long[] poison = [.. batch.Select(row => row.Id).Except(publications.Except(refused).Select(publication => publication.Row.Id))];
        var parkedUntil = now + events.ParkedLifetime;
        await context.Outbox.Where(row => handled.Contains(row.Id)).ExecuteDeleteAsync(cancellationToken);
        await context.Outbox.Where(row => relayed.Contains(row.Id)).ExecuteUpdateAsync(set => set.SetProperty(row => row.RelayedAt, now), cancellationToken);
        await context.Outbox.Where(row => poison.Contains(row.Id)).ExecuteUpdateAsync(set => set.SetProperty(row => row.RelayedAt, parkedUntil), cancellationToken);
        if (forgotten.Length > 0)
        {
            await context.Outbox.Where(row => forgotten.Contains(row.Channel) && row.RelayedAt <= now)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.RelayedAt, (DateTimeOffset?)null), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return (batch.Count, failed.Count);
    }

    // All are on their way when this returns, in their order. Without those that cannot be published.
    private async Task<List<(OutboxEvent Row, Task<PublishOutcome> Outcome)>> PublishAsync(
        AppDbContext context, List<OutboxEvent> batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<(OutboxEvent Row, OutgoingEvent Outgoing)> outgoing = [];
        foreach (var row in batch)
        {
            if (TryRead(row) is { } read)
            {
                outgoing.Add((row, read));
            }
        }

        var chains = await FindChainsAsync(context, batch, outgoing.ConvertAll(pair => pair.Row), now, cancellationToken);
        return outgoing.ConvertAll(pair => (
            pair.Row, publisher.PublishAsync(pair.Outgoing with { After = chains[pair.Row.Channel].Before(pair.Row.Id) }, cancellationToken)));
    }

    private OutgoingEvent? TryRead(OutboxEvent row)
    {
        try
        {
            var outgoing = new OutgoingEvent(row.Channel, row.EventId, row.Type, JsonElement.Parse(row.Data), row.CreatedAt)
            {
                Traceparent = row.Traceparent,
                Confirm = true,
            };
            publisher.Validate(outgoing);
            return outgoing;
        }
#pragma warning disable CA1031 // Nothing here asks a server: whatever it is, it is of the row, and will be the same the next time.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogPoison(exception, row.Type, row.EventId, row.Channel);
            return null;
        }
    }

    // What the publisher refuses before it asks Redis. Whatever Redis says, or does not, is not for ever.
    private static bool IsOfTheRow(Exception? failure) =>
        failure is ArgumentException or JsonException or NotSupportedException or FormatException or InvalidOperationException && !ServerOutage.Includes(failure);

    /// <summary>By channel, the events that Redis must have, or gets now: those that are published and not confirmed, and those of the batch.</summary>
    private static async Task<Dictionary<string, OutboxChain>> FindChainsAsync(
        AppDbContext context, List<OutboxEvent> batch, List<OutboxEvent> published, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string[] channels = [.. published.Select(row => row.Channel).Distinct()];
        long[] inBatch = [.. batch.Select(row => row.Id)];
        var last = batch[^1].Id;
        var unconfirmed = await context.Outbox.AsNoTracking()
            .Where(row => channels.Contains(row.Channel) && row.Id < last && row.RelayedAt <= now && !inBatch.Contains(row.Id))
            .Select(row => new { row.Id, row.Channel, row.EventId })
            .ToListAsync(cancellationToken);
        return unconfirmed
            .Concat(published.Select(row => new { row.Id, row.Channel, row.EventId }))
            .GroupBy(row => row.Channel)
            .ToDictionary(rows => rows.Key, rows => new OutboxChain(rows.Select(row => (row.Id, row.EventId))));
    }

    [LoggerMessage(1, LogLevel.Error, "Event {Type} {Id} for {Channel} cannot be published and stays in the outbox.")]
    private partial void LogPoison(Exception exception, string type, string id, string channel);
}
