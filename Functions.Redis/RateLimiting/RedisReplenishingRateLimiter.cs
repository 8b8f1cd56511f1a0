using System.Diagnostics;
using System.Threading.RateLimiting;
using Functions.Redis.Connections;

namespace Functions.Redis.RateLimiting;

/// <summary>What the limiters have in common whose permits come back with time, over all instances.</summary>
/// <remarks>
/// One round trip per decision. A rejected request uses up nothing. Time is Redis'. An outage of Redis is thrown; <see cref="RateLimits"/>
/// handles it by policy.
/// </remarks>
public abstract class RedisReplenishingRateLimiter : ReplenishingRateLimiter
{
    private readonly RateLimitStore _store;
    private readonly CountedLimit[] _limit;
    private long _lastUse = Stopwatch.GetTimestamp();

    private protected RedisReplenishingRateLimiter(RedisConnection connection, RateLimitPolicy policy, string partition)
    {
        policy.Validate();
        _store = new RateLimitStore(connection);
        _limit = [new CountedLimit(policy, partition)];
    }

    /// <summary>True: permits come back in Redis by themselves.</summary>
    public override bool IsAutoReplenishing => true;

    /// <summary>How often permits come back: for the token bucket one at a time, for windows the window.</summary>
    public override TimeSpan ReplenishmentPeriod => Policy.Algorithm == RateLimitAlgorithm.TokenBucket ? Policy.RefillInterval : Policy.Window;

    /// <summary>The time since the last use. The count is in Redis, so a limiter can be dropped at any time.</summary>
    public override TimeSpan? IdleDuration => Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastUse));

    private RateLimitPolicy Policy => _limit[0].Policy;

    /// <summary>Not kept: the count is in Redis.</summary>
    public override RateLimiterStatistics? GetStatistics() => null;

    /// <summary>False: there is nothing to do.</summary>
    public override bool TryReplenish() => false;

    /// <summary>Takes <paramref name="permits"/>, or none if fewer are left; 0 only asks whether there is one.</summary>
    public async Task<RateLimitDecision> DecideAsync(int permits, CancellationToken cancellationToken = default)
    {
        Interlocked.Exchange(ref _lastUse, Stopwatch.GetTimestamp());
        return (await _store.AcquireAsync(_limit, permits, cancellationToken)).Decisions[0];
    }

    /// <summary>Never acquires: a decision needs a round trip, which only <see cref="RateLimiter.AcquireAsync"/> makes.</summary>
    protected override RateLimitLease AttemptAcquireCore(int permitCount) => RedisRateLimitLease.NotDecided;

    /// <inheritdoc/>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        new RedisRateLimitLease(await DecideAsync(permitCount, cancellationToken));
}
