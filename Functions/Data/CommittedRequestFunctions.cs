using Microsoft.Azure.Functions.Worker;
using Microsoft.EntityFrameworkCore;

namespace Functions.Data;

/// <summary>Forgets requests that nobody repeats any more.</summary>
public sealed class CommittedRequestFunctions(IDbContextFactory<AppDbContext> contexts, TimeProvider time)
{
    [Function("CommittedRequestsCleanup")]
    public async Task DeleteOldAsync([TimerTrigger("0 47 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        var old = time.GetUtcNow() - CommittedRequests.Retention;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Set<CommittedRequest>().Where(row => row.CreatedAt < old).ExecuteDeleteAsync(cancellationToken);
    }
}
