using Functions.Redis.Connections;

namespace Functions.Redis.RateLimiting;

/// <summary>A token bucket over all instances: bursts up to the limit, and in the long run the limit per window.</summary>
/// <param name="connection">The connection to Redis.</param>
/// <param name="policy">Limit and window; its algorithm is taken as <see cref="RateLimitAlgorithm.TokenBucket"/>.</param>
/// <param name="partition">Who is counted.</param>
public sealed class RedisTokenBucketRateLimiter(RedisConnection connection, RateLimitPolicy policy, string partition)
    : RedisReplenishingRateLimiter(connection, policy, RateLimitAlgorithm.TokenBucket, partition);
