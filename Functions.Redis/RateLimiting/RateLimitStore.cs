using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.RateLimiting;

/// <summary>The commands of rate limits.</summary>
internal sealed class RateLimitStore(RedisConnection connection)
{
    private static readonly RedisScript Acquire = RedisScript.Load("RateLimiting/acquire.lua");
    private static readonly RedisScript Refund = RedisScript.Load("RateLimiting/refund.lua");
    private static readonly RedisScript Renew = RedisScript.Load("RateLimiting/renew.lua");

    /// <summary>Takes <paramref name="permits"/> of every limit or of none, in one round trip. The limits must have one partition.</summary>
    public async Task<RateLimitGrant> AcquireAsync(IReadOnlyList<CountedLimit> limits, int permits, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(permits);
        var lease = "";
        var keys = new RedisKey[limits.Count];
        var arguments = new RedisValue[2 + (3 * limits.Count)];
        for (var i = 0; i < limits.Count; i++)
        {
            var policy = limits[i].Policy;
            if (lease.Length == 0 && policy.Algorithm == RateLimitAlgorithm.Concurrency)
            {
                lease = Guid.NewGuid().ToString("N");
            }

            keys[i] = limits[i].Key;
            (arguments[(3 * i) + 2], arguments[(3 * i) + 3], arguments[(3 * i) + 4]) = (Letter(policy), policy.Limit, Window(policy));
        }

        (arguments[0], arguments[1]) = (permits, lease);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = await Acquire.EvaluateAsync(database, keys, arguments);
        var takenAt = (long)reply[0];
        var now = DateTimeOffset.FromUnixTimeMilliseconds(takenAt / 1000);
        var decisions = new RateLimitDecision[limits.Count];
        for (var i = 0; i < decisions.Length; i++)
        {
            var reset = TimeSpan.FromMilliseconds((long)reply[(4 * i) + 3]);
            decisions[i] = new RateLimitDecision(
                IsAllowed: (long)reply[(4 * i) + 1] == 1,
                limits[i].Policy.Limit,
                Remaining: (int)reply[(4 * i) + 2],
                ResetAt: now + reset,
                ResetAfter: reset,
                RetryAfter: TimeSpan.FromMilliseconds((long)reply[(4 * i) + 4]));
        }

        return new RateLimitGrant(limits, permits, lease, takenAt, decisions);
    }

    /// <summary>Gives back everything that <paramref name="grant"/> took.</summary>
    public Task RefundAsync(RateLimitGrant grant) => RefundAsync(grant, static _ => true);

    /// <summary>Gives back the concurrency permits of <paramref name="grant"/>.</summary>
    public Task ReleaseAsync(RateLimitGrant grant) => RefundAsync(grant, static policy => policy.Algorithm == RateLimitAlgorithm.Concurrency);

    /// <summary>Prolongs the leases of the concurrency permits; false if one has ended before.</summary>
    public async Task<bool> RenewAsync(RateLimitGrant grant)
    {
        var database = await connection.GetDatabaseAsync();
        var renewed = await Task.WhenAll(grant.Limits
            .Where(limit => limit.Policy.Algorithm == RateLimitAlgorithm.Concurrency)
            .Select(limit => Renew.EvaluateAsync(database, [limit.Key], [grant.Permits, grant.Lease, Window(limit.Policy)])));
        return renewed.All(reply => (int)reply == 1);
    }

    private async Task RefundAsync(RateLimitGrant grant, Func<RateLimitPolicy, bool> which)
    {
        var taken = grant.Limits.Zip(grant.Decisions).Where(pair => which(pair.First.Policy)).ToArray();
        if (!grant.IsAllowed || taken.Length == 0 || grant.Permits == 0)
        {
            return;
        }

        var database = await connection.GetDatabaseAsync();
        await Refund.EvaluateAsync(
            database,
            [.. taken.Select(pair => pair.First.Key)],
            [grant.Permits, grant.Lease, grant.TakenAt, .. taken.SelectMany(pair => Arguments(pair.First.Policy, grant, pair.Second))]);
    }

    private static RedisValue[] Arguments(RateLimitPolicy policy, RateLimitGrant grant, RateLimitDecision decision)
    {
        var time = grant.TakenAt + (long)decision.ResetAfter.TotalMicroseconds;
        if (policy.Algorithm == RateLimitAlgorithm.TokenBucket)
        {
            // The reset is when the next permit is there, in milliseconds rounded up; then the others follow.
            var others = policy.Limit - decision.Remaining - 1 - grant.Permits;
            time += (others * (long)policy.RefillInterval.TotalMicroseconds) - 1000;
        }

        return [Letter(policy), policy.Limit, Window(policy), time];
    }

    private static long Window(RateLimitPolicy policy) => (long)policy.Window.TotalMicroseconds;

    private static RedisValue Letter(RateLimitPolicy policy) => policy.Algorithm switch
    {
        RateLimitAlgorithm.SlidingWindow => "s",
        RateLimitAlgorithm.TokenBucket => "t",
        RateLimitAlgorithm.FixedWindow => "f",
        _ => "c",
    };
}
