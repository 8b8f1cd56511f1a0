using System.Diagnostics;
using System.Threading.RateLimiting;

namespace Functions.Redis.RateLimiting;

/// <summary>What one limiter object knows of its own use; the counts themselves are in Redis.</summary>
/// <param name="limit">The limit of its policy.</param>
internal sealed class LimiterUse(int limit)
{
    private long _lastUse = Stopwatch.GetTimestamp();
    private long _remaining = limit;
    private long _successes;
    private long _failures;
    private int _active; // Decisions under way, and leases that hold permits.
    private volatile bool _isDisposed;

    /// <summary>How long nothing has been asked; null while a decision is under way or a lease holds permits.</summary>
    public TimeSpan? IdleDuration =>
        Volatile.Read(ref _active) > 0 ? null : Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastUse));

    /// <summary>The leases of this object, and what the last decision left.</summary>
    public RateLimiterStatistics GetStatistics()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(RateLimiter));
        return new()
        {
            CurrentAvailablePermits = Interlocked.Read(ref _remaining),
            CurrentQueuedCount = 0,
            TotalSuccessfulLeases = Interlocked.Read(ref _successes),
            TotalFailedLeases = Interlocked.Read(ref _failures),
        };
    }

    /// <summary>Checks that so many permits can be asked for.</summary>
    /// <exception cref="ObjectDisposedException">The limiter has been disposed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">They are negative, or more than the limit: they could never be had.</exception>
    public void Check(int permitCount)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(RateLimiter));
        ThrowIfOutOfRange(permitCount, limit);
    }

    /// <summary>The same for a limiter that is not an object.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="permitCount"/> is negative or more than the limit.</exception>
    public static void ThrowIfOutOfRange(int permitCount, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(permitCount);
        if (permitCount > limit)
        {
            throw new ArgumentOutOfRangeException(nameof(permitCount), permitCount, $"The limit is {limit} permits: so many can never be had.");
        }
    }

    /// <summary>Counts a decision while it is made, and how it ended.</summary>
    public async Task<T> CountAsync<T>(Task<T> deciding, Func<T, RateLimitDecision> decisionOf)
    {
        Interlocked.Increment(ref _active);
        try
        {
            var result = await deciding;
            var decision = decisionOf(result);
            Interlocked.Exchange(ref _remaining, decision.Remaining);
            Interlocked.Increment(ref decision.IsAllowed ? ref _successes : ref _failures);
            return result;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Has the limiter in use until what is returned is disposed, which disposes <paramref name="permits"/>.</summary>
    public IDisposable Hold(IDisposable permits)
    {
        Interlocked.Increment(ref _active);
        return new Holding(this, permits);
    }

    /// <summary>Refuses whatever is asked from now on. Leases stay valid.</summary>
    public void Dispose() => _isDisposed = true;

    private void Leave()
    {
        Interlocked.Exchange(ref _lastUse, Stopwatch.GetTimestamp());
        Interlocked.Decrement(ref _active);
    }

    private sealed class Holding(LimiterUse use, IDisposable permits) : IDisposable
    {
        private IDisposable? _permits = permits;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _permits, null) is { } held)
            {
                held.Dispose();
                use.Leave();
            }
        }
    }
}
