using System.Threading.RateLimiting;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.RateLimiting;

/// <summary>An exact sliding window over all instances: at most so many permits in any window that ends at a request.</summary>
/// <remarks>
/// One round trip per decision. A rejected request uses up nothing. Time is Redis'. Keeps one list of times per key, 10 bytes for each
/// permit in the window.
/// </remarks>
public sealed class RedisSlidingWindowRateLimiter(RedisConnection connection, RateLimitPolicy policy, string partition) : RateLimiter
{
    private static readonly RedisScript Script = RedisScript.Load("RateLimiting/sliding_window.lua");

    /// <summary>Null: keys expire in Redis by themselves.</summary>
    public override TimeSpan? IdleDuration => null;

    /// <summary>Not kept: the count is in Redis.</summary>
    public override RateLimiterStatistics? GetStatistics() => null;

    /// <summary>Takes <paramref name="permits"/>, or none if fewer are left.</summary>
    public async Task<RateLimitDecision> DecideAsync(int permits, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(permits);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        // Limits of one caller share a hash tag, so that several can be decided by one script.
        RedisKey key = $"ratelimit:{{{partition}}}:{policy.Name}";
        var reply = (long[])(await Script.EvaluateAsync(database, [key], [policy.Limit, (long)policy.Window.TotalMicroseconds, permits]))!;
        return new RateLimitDecision(
            IsAllowed: reply[0] == 1,
            policy.Limit,
            Remaining: (int)reply[1],
            ResetAt: DateTimeOffset.FromUnixTimeMilliseconds(reply[2] + reply[3]),
            ResetAfter: TimeSpan.FromMilliseconds(reply[3]),
            RetryAfter: TimeSpan.FromMilliseconds(reply[4]));
    }

    /// <summary>Never acquires: a decision needs a round trip, which only <see cref="RateLimiter.AcquireAsync"/> makes.</summary>
    protected override RateLimitLease AttemptAcquireCore(int permitCount) => RedisRateLimitLease.NotDecided;

    /// <inheritdoc/>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        new RedisRateLimitLease(await DecideAsync(permitCount, cancellationToken));
}
