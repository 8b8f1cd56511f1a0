using Functions.Data;
using Functions.Redis.Events;
using Microsoft.EntityFrameworkCore;

namespace Functions.Events;

/// <summary>Takes events from the outbox once they have been handled. Parked ones stay, and are published again when Redis forgets that they are parked.</summary>
public sealed class OutboxConfirmation(IDbContextFactory<AppDbContext> contexts, EventOptions options, TimeProvider time) : IEventConfirmation
{
    /// <inheritdoc/>
    public async Task ConfirmAsync(EventEnvelope settled, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settled);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Outbox.Where(row => row.EventId == settled.Id).ExecuteDeleteAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ParkAsync(EventEnvelope parked, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(parked);
        var until = time.GetUtcNow() + options.ParkedLifetime;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Outbox.Where(row => row.EventId == parked.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.RelayedAt, until), cancellationToken);
    }
}
