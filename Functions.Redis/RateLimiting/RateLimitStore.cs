using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.RateLimiting;

/// <summary>The commands of rate limits.</summary>
internal sealed class RateLimitStore(RedisConnection connection)
{
    private static readonly RedisScript AcquireSlidingWindow = RedisScript.Load("RateLimiting/acquire_sliding_window.lua");
    private static readonly RedisScript AcquireTokenBucket = RedisScript.Load("RateLimiting/acquire_token_bucket.lua");
    private static readonly RedisScript AcquireFixedWindow = RedisScript.Load("RateLimiting/acquire_fixed_window.lua");
    private static readonly RedisScript AcquireConcurrency = RedisScript.Load("RateLimiting/acquire_concurrency.lua");
    private static readonly RedisScript AcquireSeveral = RedisScript.Load("RateLimiting/acquire.lua");
    private static readonly RedisScript Refund = RedisScript.Load("RateLimiting/refund.lua");
    private static readonly RedisScript Release = RedisScript.Load("RateLimiting/release.lua");
    private static readonly RedisScript Renew = RedisScript.Load("RateLimiting/renew.lua");

    /// <summary>Takes <paramref name="permits"/> of every limit or of none, in one round trip. The limits must have one partition.</summary>
    public Task<RateLimitGrant> AcquireAsync(IReadOnlyList<CountedLimit> limits, int permits, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(permits);
        var lease = RateLimitGrant.LeaseOf(limits);
        var (script, keys, values) = limits.Count == 1 ? One(limits[0], permits, lease) : Several(limits, permits, lease);
        return script.EvaluateAsync(
            connection,
            keys,
            values,
            (limits, permits, lease),
            static (reply, asked) => RateLimitGrant.Read((byte[])reply!, asked.limits, asked.permits, asked.lease),
            cancellationToken);
    }

    /// <summary>Gives back everything that <paramref name="grant"/> took.</summary>
    public async Task RefundAsync(RateLimitGrant grant)
    {
        if (!grant.IsAllowed || grant.Permits == 0)
        {
            return;
        }

        var database = await connection.GetDatabaseAsync();
        await Refund.EvaluateAsync(
            database,
            [.. grant.Limits.Select(limit => limit.Key)],
            [grant.Permits, grant.Lease, grant.TakenAt, .. grant.Limits.Zip(grant.Decisions).SelectMany(pair => Arguments(pair.First.Policy, grant, pair.Second))]);
    }

    /// <summary>
    /// Gives the concurrency permits of <paramref name="grant"/> back. The command is sent when this returns, its answer is not waited for:
    /// what is sent on this connection from now on finds them given back.
    /// </summary>
    public async Task ReleaseAsync(RateLimitGrant grant)
    {
        var database = await connection.GetDatabaseAsync();
        foreach (var limit in grant.Limits)
        {
            if (limit.Policy.Algorithm != RateLimitAlgorithm.Concurrency)
            {
                continue;
            }

            if (grant.Permits == 1)
            {
                // Counted by being there: no script is needed.
                await database.SortedSetRemoveAsync(limit.Key, $"{grant.Lease}:1", CommandFlags.FireAndForget);
            }
            else
            {
                await Release.EvaluateInOrderAsync(database, [limit.Key], [grant.Permits, grant.Lease]);
            }
        }
    }

    /// <summary>Prolongs the leases of the concurrency permits; false if one has ended before.</summary>
    public async Task<bool> RenewAsync(RateLimitGrant grant)
    {
        var database = await connection.GetDatabaseAsync();
        var renewed = await Task.WhenAll(grant.Limits
            .Where(limit => limit.Policy.Algorithm == RateLimitAlgorithm.Concurrency)
            .Select(limit => Renew.EvaluateAsync(database, [limit.Key], [grant.Permits, grant.Lease, Window(limit.Policy)])));
        return renewed.All(reply => (int)reply == 1);
    }

    private static (RedisScript Script, RedisKey[] Keys, RedisValue[] Values) One(CountedLimit limit, int permits, string lease)
    {
        var policy = limit.Policy;
        RedisKey[] keys = [limit.Key];
        return policy.Algorithm switch
        {
            RateLimitAlgorithm.SlidingWindow => (AcquireSlidingWindow, keys, [permits, policy.Limit, Window(policy)]),
            RateLimitAlgorithm.TokenBucket => (AcquireTokenBucket, keys, [permits, policy.Limit, Window(policy)]),
            RateLimitAlgorithm.FixedWindow => (AcquireFixedWindow, keys, [permits, policy.Limit, Window(policy)]),
            _ => (AcquireConcurrency, keys, [permits, policy.Limit, Window(policy), lease]),
        };
    }

    private static (RedisScript Script, RedisKey[] Keys, RedisValue[] Values) Several(IReadOnlyList<CountedLimit> limits, int permits, string lease)
    {
        var keys = new RedisKey[limits.Count];
        var values = new RedisValue[2 + (3 * limits.Count)];
        (values[0], values[1]) = (permits, lease);
        for (var i = 0; i < limits.Count; i++)
        {
            var policy = limits[i].Policy;
            keys[i] = limits[i].Key;
            (values[(3 * i) + 2], values[(3 * i) + 3], values[(3 * i) + 4]) = (policy.Letter, policy.Limit, Window(policy));
        }

        return (AcquireSeveral, keys, values);
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

        return [policy.Letter, policy.Limit, Window(policy), time];
    }

    private static long Window(RateLimitPolicy policy) => policy.Window.Ticks / TimeSpan.TicksPerMicrosecond;
}
