using Functions.Data;
using Functions.Redis.Events;
using Microsoft.EntityFrameworkCore;

namespace Functions.Events;

/// <summary>Takes events from the outbox once they are done with.</summary>
public sealed class OutboxConfirmation(IDbContextFactory<AppDbContext> contexts) : IEventConfirmation
{
    /// <inheritdoc/>
    public async Task ConfirmAsync(EventEnvelope settled, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settled);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Outbox.Where(row => row.EventId == settled.Id).ExecuteDeleteAsync(cancellationToken);
    }
}
