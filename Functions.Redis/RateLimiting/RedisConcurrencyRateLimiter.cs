using System.Threading.RateLimiting;
using Functions.Redis.Connections;

namespace Functions.Redis.RateLimiting;

/// <summary>At most so many permits held at the same time, over all instances.</summary>
/// <remarks>
/// A lease is renewed in the background until it is disposed. The permits of a process that died come back when their lease ends: after
/// the policy's window.
/// </remarks>
public sealed class RedisConcurrencyRateLimiter : RateLimiter
{
    private readonly RateLimitStore _store;
    private readonly CountedLimit[] _limit;
    private readonly TimeProvider _time;
    private readonly LimiterUse _use;

    /// <summary>Makes a limiter.</summary>
    /// <param name="connection">The connection to Redis.</param>
    /// <param name="policy">Limit and lease; its algorithm is taken as <see cref="RateLimitAlgorithm.Concurrency"/>.</param>
    /// <param name="partition">Who is counted.</param>
    /// <param name="time">Tells when to renew; default the system's.</param>
    public RedisConcurrencyRateLimiter(RedisConnection connection, RateLimitPolicy policy, string partition, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _limit = [CountedLimit.Of(policy, RateLimitAlgorithm.Concurrency, partition)];
        _store = new RateLimitStore(connection);
        _time = time ?? TimeProvider.System;
        _use = new LimiterUse(policy.Limit);
    }

    /// <summary>
    /// The time since a decision was made or permits were given back; null while one is under way or a lease holds permits. The permits are in
    /// Redis and with their leases, so an idle limiter can be dropped at any time.
    /// </summary>
    public override TimeSpan? IdleDuration => _use.IdleDuration;

    /// <summary>The leases that this object has given and refused, and how many permits its last decision left.</summary>
    /// <exception cref="ObjectDisposedException">The limiter has been disposed.</exception>
    public override RateLimiterStatistics? GetStatistics() => _use.GetStatistics();

    /// <summary>Never acquires: a decision needs a round trip, which only <see cref="RateLimiter.AcquireAsync"/> makes.</summary>
    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        _use.Check(permitCount);
        return RedisRateLimitLease.NotDecided;
    }

    /// <inheritdoc/>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        _use.Check(permitCount);
        var grant = await _use.CountAsync(_store.AcquireAsync(_limit, permitCount, cancellationToken), static grant => grant.Decisions[0]);
        return new RedisRateLimitLease(grant.Decisions[0], HeldPermits.Of(_store, grant, _time) is { } held ? _use.Hold(held) : null);
    }

    /// <summary>Refuses whatever is asked from now on. Leases stay valid until they are disposed.</summary>
    protected override void Dispose(bool disposing)
    {
        _use.Dispose();
        base.Dispose(disposing);
    }
}
