namespace Functions.Redis.Tasks;

/// <summary>Wakes one loop, however often it is set.</summary>
internal sealed class WakeUp : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _semaphore = new(0);
    private int _set;

    /// <summary>Wakes the loop, now or when it next waits.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _set, 1) == 0)
        {
            _semaphore.Release();
        }
    }

    /// <summary>Returns when it has been set, or after <paramref name="timeout"/>. What the loop reads afterwards is at least as new as the last call of Set.</summary>
    public async Task WaitAsync(TimeSpan timeout)
    {
        var wait = timeout <= TimeSpan.Zero ? TimeSpan.Zero : timeout < Longest ? timeout + TimeSpan.FromMilliseconds(1) : Longest;
        await _semaphore.WaitAsync(wait);
        Interlocked.Exchange(ref _set, 0);
    }

    public void Dispose() => _semaphore.Dispose();
}
