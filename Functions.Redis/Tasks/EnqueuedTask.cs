namespace Functions.Redis.Tasks;

/// <summary>An accepted task.</summary>
/// <param name="Id">Its id; with an idempotency key that was used before, that of the first task.</param>
/// <param name="Position">Its place in the queue when it was accepted, 1 for the next; 0 if it is delayed or <paramref name="IsNew"/> is false.</param>
/// <param name="IsNew">False if its idempotency key was used before, or there was a task with its id.</param>
public readonly record struct EnqueuedTask(string Id, long Position, bool IsNew);
