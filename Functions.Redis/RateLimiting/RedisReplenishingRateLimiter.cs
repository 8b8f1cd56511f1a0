using System.Threading.RateLimiting;
using Functions.Redis.Connections;

namespace Functions.Redis.RateLimiting;

/// <summary>What the limiters have in common whose permits come back with time, over all instances.</summary>
/// <remarks>
/// One round trip per decision, whose cost does not grow with the permits it takes. A rejected request uses up nothing. Time is Redis'. An
/// outage of Redis is thrown; <see cref="RateLimits"/> handles it by policy.
/// </remarks>
public abstract class RedisReplenishingRateLimiter : ReplenishingRateLimiter
{
    private readonly RateLimitStore _store;
    private readonly CountedLimit[] _limit;
    private readonly LimiterUse _use;

    private protected RedisReplenishingRateLimiter(RedisConnection connection, RateLimitPolicy policy, RateLimitAlgorithm algorithm, string partition)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _limit = [CountedLimit.Of(policy, algorithm, partition)];
        _store = new RateLimitStore(connection);
        _use = new LimiterUse(policy.Limit);
    }

    /// <summary>True: permits come back in Redis by themselves.</summary>
    public override bool IsAutoReplenishing => true;

    /// <summary>How often permits come back: for the token bucket one at a time, for windows the window.</summary>
    public override TimeSpan ReplenishmentPeriod => Policy.Algorithm == RateLimitAlgorithm.TokenBucket ? Policy.RefillInterval : Policy.Window;

    /// <summary>
    /// The time since the last decision; null while one is under way. The count is in Redis, so an idle limiter can be dropped at any time.
    /// </summary>
    public override TimeSpan? IdleDuration => _use.IdleDuration;

    private RateLimitPolicy Policy => _limit[0].Policy;

    /// <summary>The leases that this object has given and refused, and how many permits its last decision left.</summary>
    /// <exception cref="ObjectDisposedException">The limiter has been disposed.</exception>
    public override RateLimiterStatistics? GetStatistics() => _use.GetStatistics();

    /// <summary>False: there is nothing to do.</summary>
    public override bool TryReplenish() => false;

    /// <summary>Takes <paramref name="permits"/>, or none if fewer are left; 0 only asks whether there is one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are negative or more than the limit.</exception>
    /// <exception cref="ObjectDisposedException">The limiter has been disposed.</exception>
    public async Task<RateLimitDecision> DecideAsync(int permits, CancellationToken cancellationToken = default)
    {
        _use.Check(permits);
        var grant = await _use.CountAsync(_store.AcquireAsync(_limit, permits, cancellationToken), static grant => grant.Decisions[0]);
        return grant.Decisions[0];
    }

    /// <summary>Never acquires: a decision needs a round trip, which only <see cref="RateLimiter.AcquireAsync"/> makes.</summary>
    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        _use.Check(permitCount);
        return RedisRateLimitLease.NotDecided;
    }

    /// <inheritdoc/>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        new RedisRateLimitLease(await DecideAsync(permitCount, cancellationToken));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _use.Dispose();
        base.Dispose(disposing);
    }
}
