using System.Collections.Concurrent;

namespace Functions.Redis.Caching;

/// <summary>
/// Waits for leases that other processes hold: however many readers wait for one key, one of them asks Redis, at intervals or when a message
/// says that the lease has ended.
/// </summary>
internal sealed class LeaseWaits(CacheStore store, CacheOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Lazy<Wait>> _waits = new(StringComparer.Ordinal);

    /// <summary>Ends when <paramref name="holder"/> does not hold the lease of <paramref name="key"/> any more, or after <see cref="CacheOptions.MaximumWait"/>.</summary>
    /// <param name="key">The key of the entry.</param>
    /// <param name="holder">The token of the lease.</param>
    /// <param name="limit">How long this reader waits at most.</param>
    /// <param name="cancellationToken">Ends the wait of this reader.</param>
    public async Task WaitAsync(string key, ulong holder, TimeSpan limit, CancellationToken cancellationToken)
    {
        var ended = _waits.GetOrAdd(key, _ => new Lazy<Wait>(() => new Wait(wait => PollAsync(key, holder, wait)))).Value.Ended;
        await ended.WaitAsync(limit, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (ended.IsCompleted)
        {
            await ended;
        }
    }

    /// <summary>Lets those who wait for <paramref name="key"/> look at once.</summary>
    public void Wake(string key)
    {
        if (_waits.TryGetValue(key, out var wait))
        {
            wait.Value.Signal.Release();
        }
    }

    private async Task PollAsync(string key, ulong holder, Wait wait)
    {
        var started = time.GetTimestamp();
        try
        {
            // Asked before the first wait: the message may have come before anybody waited for it.
            while (await IsHeldAsync(key, holder) && time.GetElapsedTime(started) < options.MaximumWait)
            {
                await wait.Signal.WaitAsync(options.PollingInterval);
            }
        }
        finally
        {
            _waits.TryRemove(key, out _);
        }
    }

    private Task<bool> IsHeldAsync(string key, ulong holder) =>
        new RedisBudget(options.RedisTimeout, time).SpendAsync(store.IsHeldByAsync(key, holder));

    private sealed class Wait
    {
        public Wait(Func<Wait, Task> poll) => Ended = poll(this);

        public SemaphoreSlim Signal { get; } = new(0);

        public Task Ended { get; }
    }
}
