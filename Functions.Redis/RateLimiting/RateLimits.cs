using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;

namespace Functions.Redis.RateLimiting;

/// <summary>Decides by Redis, and by the policy's <see cref="OutagePolicy"/> while Redis cannot be used.</summary>
public sealed partial class RateLimits(RedisConnection connection, TimeProvider time, ILogger<RateLimits> logger) : IAsyncDisposable
{
    private const int LocalSegments = 10;

    private readonly ConcurrentDictionary<RateLimitPolicy, Lazy<PartitionedRateLimiter<string>>> _local = new();

    /// <summary>Takes one permit of <paramref name="policy"/> for <paramref name="partition"/>, the caller that is counted.</summary>
    public async Task<RateLimitDecision> AcquireAsync(RateLimitPolicy policy, string partition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        try
        {
            await using var limiter = new RedisSlidingWindowRateLimiter(connection, policy, partition);
            return await limiter.DecideAsync(1, cancellationToken);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            LogOutage(policy.Name, policy.Outage, exception.Message);
            return policy.Outage switch
            {
                OutagePolicy.Allow => Decision(policy, isAllowed: true, policy.Limit, TimeSpan.Zero),
                OutagePolicy.Deny => Decision(policy, isAllowed: false, 0, policy.Window),
                _ => DecideLocally(policy, partition),
            };
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var limiter in _local.Values)
        {
            await limiter.Value.DisposeAsync();
        }
    }

    private RateLimitDecision DecideLocally(RateLimitPolicy policy, string partition)
    {
        // Lazy: one that is made and not kept would replenish for ever.
        var limiter = _local.GetOrAdd(policy, static policy => new(() => PartitionedRateLimiter.Create<string, string>(key =>
            RateLimitPartition.GetSlidingWindowLimiter(key, _ => new SlidingWindowRateLimiterOptions
            {
                PermitLimit = policy.Limit,
                Window = policy.Window,
                SegmentsPerWindow = LocalSegments,
            })))).Value;
        using var lease = limiter.AttemptAcquire(partition);
        var remaining = (int)(limiter.GetStatistics(partition)?.CurrentAvailablePermits ?? 0);
        return Decision(policy, lease.IsAcquired, remaining, policy.Window);
    }

    private RateLimitDecision Decision(RateLimitPolicy policy, bool isAllowed, int remaining, TimeSpan reset) =>
        new(isAllowed, policy.Limit, remaining, time.GetUtcNow() + reset, reset, isAllowed ? TimeSpan.Zero : reset);

    [LoggerMessage(1, LogLevel.Warning, "The rate limit '{Policy}' is decided without Redis ({Outage}): {Reason}")]
    private partial void LogOutage(string policy, OutagePolicy outage, string reason);
}
