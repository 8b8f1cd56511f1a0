using Functions.Data;
using Functions.Http;
using Microsoft.EntityFrameworkCore;

namespace Functions.AdminConsole;

/// <summary>What administrators have done, as <see cref="Functions.Http.Policies.AuditPolicy"/> writes it.</summary>
public sealed class AuditLog(IDbContextFactory<AppDbContext> contexts, TimeProvider time)
{
    private static readonly TimeSpan Retention = TimeSpan.FromDays(365);

    /// <summary>A page of it, the newest first.</summary>
    public Task<Page<AuditItem>> ListAsync(PageRequest page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        return contexts.ReadAsync(
            context => page.OfAsync(
                (from entry in context.AuditEntries.AsNoTracking()
                 where page.After == null || entry.Id <= page.After
                 join user in context.Users on entry.UserId equals user.Id into users
                 from user in users.DefaultIfEmpty()
                 orderby entry.Id descending
                 select new AuditItem(entry.Id, entry.At, entry.UserId, user == null ? null : user.Name, entry.Action, entry.Subject, entry.Detail, entry.Status))
                .Take(page.Read)
                .AsAsyncEnumerable(),
                item => item.Id),
            cancellationToken);
    }

    /// <summary>Deletes what is older than a year.</summary>
    public async Task DeleteOldAsync(CancellationToken cancellationToken)
    {
        var oldest = time.GetUtcNow() - Retention;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.AuditEntries.Where(entry => entry.At < oldest).ExecuteDeleteAsync(cancellationToken);
    }
}
