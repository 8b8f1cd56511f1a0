using Microsoft.EntityFrameworkCore;

namespace Functions.Data;

/// <summary>How accounts are found by their address, and locked while several things of them are changed.</summary>
internal static class UserQueries
{
    /// <summary>The account of a mailbox; first the one that has kept exactly this spelling from before (<see cref="DatabaseSetup.UnifyMailboxesAsync"/>).</summary>
    public static Task<User?> FindByEmailAsync(this IQueryable<User> users, string email, CancellationToken cancellationToken)
    {
        var (mailbox, spelling) = (EmailAddress.Normalize(email), EmailAddress.Spelling(email));
        return users
            .Where(user => user.NormalizedEmail == mailbox || user.NormalizedEmail == spelling)
            .OrderByDescending(user => user.NormalizedEmail == spelling)
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>The account of a mailbox, locked as <see cref="RowLocks.FindForUpdateAsync"/> does; null if there is none.</summary>
    public static Task<User?> LockUserAsync(this AppDbContext context, string mailbox, CancellationToken cancellationToken) =>
        context.Users.FromSql($"SELECT * FROM users WHERE normalized_email = {mailbox} FOR NO KEY UPDATE").AsTracking().AsAsyncEnumerable().SingleOrDefaultAsync(cancellationToken).AsTask();
}
