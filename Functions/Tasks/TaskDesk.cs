using System.Globalization;
using Functions.Http.Policies;
using Functions.Redis.Tasks;

namespace Functions.Tasks;

/// <summary>Tasks as callers may see them: their own, and all of them for administrators.</summary>
public sealed class TaskDesk(TaskQueue queue, IAdminDirectory admins)
{
    /// <summary>How a user is named as the owner of tasks.</summary>
    public static string OwnerOf(int userId) => userId.ToString(CultureInfo.InvariantCulture);

    /// <summary>The task, or null if there is none that the user may see.</summary>
    public async Task<TaskRecord?> FindAsync(string id, int userId, CancellationToken cancellationToken) =>
        await queue.FindAsync(id, cancellationToken) is { } task
        && (task.Owner == OwnerOf(userId) || await admins.IsAdminAsync(userId, cancellationToken)) ? task : null;

    /// <summary>Whether the user may see everybody's tasks.</summary>
    public ValueTask<bool> MaySeeAllAsync(int userId, CancellationToken cancellationToken) => admins.IsAdminAsync(userId, cancellationToken);
}
