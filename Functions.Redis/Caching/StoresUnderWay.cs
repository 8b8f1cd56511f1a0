namespace Functions.Redis.Caching;

/// <summary>Counts what has been sent to Redis and nobody waits for, so that the cache can wait for it when it is disposed.</summary>
internal sealed class StoresUnderWay
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count = 1; // The cache itself, until it is disposed.

    /// <summary>Whether nothing is under way.</summary>
    public bool IsEmpty => Volatile.Read(ref _count) <= 1;

    public void Begin() => Interlocked.Increment(ref _count);

    public void End()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>Ends when all have ended that had begun before. Called once.</summary>
    public Task DrainAsync()
    {
        End();
        return _drained.Task;
    }
}
