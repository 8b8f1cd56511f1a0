using System.Collections.Concurrent;
using System.Threading.RateLimiting;

namespace Functions.Redis.RateLimiting;

/// <summary>The limits of this process alone, while Redis cannot be used. Sliding windows count in tenths of the window here.</summary>
internal sealed class LocalRateLimits(TimeProvider time) : IAsyncDisposable, IDisposable
{
    private const int Segments = 10;

    private readonly ConcurrentDictionary<RateLimitPolicy, Lazy<PartitionedRateLimiter<string>>> _limiters = new();
    private readonly Lock _lock = new();

    /// <summary>Takes permits of every limit or of none, as the limits' outage policies say.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="permits">How many of each; 0 only asks.</param>
    /// <param name="take">False if the request is rejected already: it only wants to know.</param>
    public (RateLimitDecision[] Decisions, IReadOnlyList<RateLimitLease> Leases) Acquire(IReadOnlyList<CountedLimit> limits, int permits, bool take)
    {
        // Asking and taking are two calls of a limiter.
        lock (_lock)
        {
            var available = limits.Select(Available).ToArray();
            var needed = Math.Max(permits, 1);
            var leases = take && permits > 0 && Array.TrueForAll(available, left => left >= needed)
                ? [.. limits.Where(limit => limit.Policy.Outage == OutagePolicy.EnforceLocally)
                    .Select(limit => LimiterOf(limit.Policy).AttemptAcquire(limit.Partition, permits))]
                : Array.Empty<RateLimitLease>();
            return ([.. limits.Select((limit, i) => Decide(limit, available[i] >= needed, leases.Length > 0 ? Available(limit) : available[i]))], leases);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var limiter in _limiters.Values)
        {
            await limiter.Value.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var limiter in _limiters.Values)
        {
            limiter.Value.Dispose();
        }
    }

    private long Available(CountedLimit limit) => limit.Policy.Outage switch
    {
        OutagePolicy.Allow => limit.Policy.Limit,
        OutagePolicy.Deny => 0,
        _ => LimiterOf(limit.Policy).GetStatistics(limit.Partition)?.CurrentAvailablePermits ?? limit.Policy.Limit,
    };

    private RateLimitDecision Decide(CountedLimit limit, bool isAllowed, long remaining)
    {
        var policy = limit.Policy;
        var reset = isAllowed && policy.Outage == OutagePolicy.Allow ? TimeSpan.Zero
            : policy.Algorithm switch
            {
                RateLimitAlgorithm.TokenBucket => policy.RefillInterval,
                RateLimitAlgorithm.Concurrency => TimeSpan.Zero,
                _ => policy.Window,
            };
        var retry = isAllowed ? TimeSpan.Zero : policy.Algorithm == RateLimitAlgorithm.Concurrency ? TimeSpan.FromSeconds(1) : reset;
        return new(isAllowed, policy.Limit, (int)remaining, time.GetUtcNow() + reset, reset, retry);
    }

    // Lazy: one that is made and not kept would replenish for ever.
    private PartitionedRateLimiter<string> LimiterOf(RateLimitPolicy policy) =>
        _limiters.GetOrAdd(policy, static policy => new(() => PartitionedRateLimiter.Create<string, string>(key => Partition(policy, key)))).Value;

    private static RateLimitPartition<string> Partition(RateLimitPolicy policy, string key) => policy.Algorithm switch
    {
        RateLimitAlgorithm.TokenBucket => RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = policy.Limit,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = policy.RefillInterval,
        }),
        RateLimitAlgorithm.FixedWindow => RateLimitPartition.GetFixedWindowLimiter(key, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = policy.Limit,
            Window = policy.Window,
        }),
        RateLimitAlgorithm.Concurrency => RateLimitPartition.GetConcurrencyLimiter(key, _ => new ConcurrencyLimiterOptions { PermitLimit = policy.Limit }),
        _ => RateLimitPartition.GetSlidingWindowLimiter(key, _ => new SlidingWindowRateLimiterOptions
        {
            PermitLimit = policy.Limit,
            Window = policy.Window,
            SegmentsPerWindow = Segments,
        }),
    };
}
