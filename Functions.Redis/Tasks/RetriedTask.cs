namespace Functions.Redis.Tasks;

/// <summary>The answer to a retry by hand.</summary>
/// <param name="Before">The state before; only a dead or cancelled task has been queued. Null if there is none.</param>
/// <param name="Position">Its place in the queue, 1 for the next; 0 if it has not been queued.</param>
public readonly record struct RetriedTask(TaskState? Before, long Position);
