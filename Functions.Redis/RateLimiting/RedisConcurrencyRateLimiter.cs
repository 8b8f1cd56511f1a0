using System.Diagnostics;
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
    private long _lastUse = Stopwatch.GetTimestamp();

    /// <summary>Makes a limiter.</summary>
    /// <param name="connection">The connection to Redis.</param>
    /// <param name="policy">Limit and lease; its algorithm is taken as <see cref="RateLimitAlgorithm.Concurrency"/>.</param>
    /// <param name="partition">Who is counted.</param>
    /// <param name="time">Tells when to renew; default the system's.</param>
    public RedisConcurrencyRateLimiter(RedisConnection connection, RateLimitPolicy policy, string partition, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        policy.Validate();
        _store = new RateLimitStore(connection);
        _limit = [new CountedLimit(policy with { Algorithm = RateLimitAlgorithm.Concurrency }, partition)];
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The time since the last use. The permits are in Redis and with their leases, so a limiter can be dropped at any time.</summary>
    public override TimeSpan? IdleDuration => Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastUse));

    /// <summary>Not kept: the count is in Redis.</summary>
    public override RateLimiterStatistics? GetStatistics() => null;

    /// <summary>Never acquires: a decision needs a round trip, which only <see cref="RateLimiter.AcquireAsync"/> makes.</summary>
    protected override RateLimitLease AttemptAcquireCore(int permitCount) => RedisRateLimitLease.NotDecided;

    /// <inheritdoc/>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _lastUse, Stopwatch.GetTimestamp());
        var grant = await _store.AcquireAsync(_limit, permitCount, cancellationToken);
        return new RedisRateLimitLease(grant.Decisions[0], HeldPermits.Of(_store, grant, _time));
    }
}
