using Functions.Redis.Tasks;

namespace Functions.AdminConsole;

/// <summary>Changes all tasks that a filter finds, if they are as many as the caller was told.</summary>
public sealed class TaskBulk(TaskQueue queue)
{
    /// <summary>How many tasks one change takes at most.</summary>
    public const int Maximum = 1000;

    private const int Page = 100;

    /// <summary>The ids of the tasks that <paramref name="query"/> finds, up to <see cref="Maximum"/>.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(TaskListQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = await queue.ListAsync(query with { Limit = Math.Min(Page, Maximum - ids.Count), Cursor = cursor }, cancellationToken);
            ids.AddRange(page.Items.Select(task => task.Id));
            cursor = page.NextCursor;
        }
        while (cursor is not null && ids.Count < Maximum);

        return ids;
    }

    /// <summary>Changes them.</summary>
    /// <returns>How many there are, and how many of them were changed; null if none was, as they are not as many as the request says.</returns>
    public async Task<(int Found, int? Changed)> ChangeAsync(ChangeTasksRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var ids = await FindAsync(new TaskListQuery { State = request.State, Name = request.Name, Owner = request.Owner }, cancellationToken);
        if (ids.Count != request.Count)
        {
            return (ids.Count, null);
        }

        var changed = 0;
        foreach (var some in ids.Chunk(Page))
        {
            changed += (await Task.WhenAll(some.Select(id => ChangeAsync(id, request.Action!.Value, cancellationToken)))).Count(was => was);
        }

        return (ids.Count, changed);
    }

    private async Task<bool> ChangeAsync(string id, TaskBulkAction action, CancellationToken cancellationToken) => action == TaskBulkAction.Cancel
        ? await queue.CancelAsync(id, cancellationToken) is TaskState.Queued or TaskState.Delayed or TaskState.Running
        : (await queue.RetryAsync(id, cancellationToken)).Before is TaskState.Dead or TaskState.Cancelled;
}
