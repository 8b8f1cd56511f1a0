using System.Globalization;
using Functions.Data;
using Functions.Events;
using Microsoft.EntityFrameworkCore;

namespace Functions.AdminConsole;

/// <summary>Finds users.</summary>
public sealed class PeopleDesk(IDbContextFactory<AppDbContext> contexts, OnlineUsers online)
{
    /// <summary>How long a query may be, in characters.</summary>
    public const int LongestQuery = 200;

    private const int Found = 50;

    /// <summary>Users by id, or by a part of name or address; without a query those who are online.</summary>
    public async Task<PeopleAnswer> FindAsync(string query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var present = (await online.ListAsync(cancellationToken)).Online;
        var since = present.ToDictionary(user => user.UserId, user => user.Since);
        int[] latest = [.. present.TakeLast(Found).Select(user => user.UserId)];
        var id = int.TryParse(query, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var pattern = $"%{query.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
        var users = await contexts.ReadAsync(
            context => context.Users.AsNoTracking()
                .Where(user => query == ""
                    ? latest.Contains(user.Id)
                    : user.Id == id || EF.Functions.ILike(user.Name, pattern) || EF.Functions.ILike(user.Email, pattern))
                .OrderBy(user => user.Id)
                .Take(Found)
                .Select(user => new { user.Id, user.Name, user.Email, user.IsAdmin })
                .ToListAsync(cancellationToken),
            cancellationToken);
        return new PeopleAnswer(
            present.Count,
            [
                .. users.Select(user => new Person(user.Id, user.Name, user.Email, user.IsAdmin, since.TryGetValue(user.Id, out var moment) ? moment : null))
                    .OrderByDescending(user => user.OnlineSince),
            ]);
    }
}
