using Functions.Data;
using Microsoft.Azure.Functions.Worker;
using Microsoft.EntityFrameworkCore;

namespace Functions.Accounts;

/// <summary>Forgets links that are too old.</summary>
public sealed class AccountTokenFunctions(IDbContextFactory<AppDbContext> contexts, TimeProvider time)
{
    [Function("AccountTokensCleanup")]
    public async Task DeleteOldAsync([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.AccountTokens.Where(token => token.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
    }
}
