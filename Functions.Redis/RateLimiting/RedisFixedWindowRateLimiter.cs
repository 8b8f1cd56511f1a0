using Functions.Redis.Connections;

namespace Functions.Redis.RateLimiting;

/// <summary>A fixed window over all instances, which starts with the first request.</summary>
/// <param name="connection">The connection to Redis.</param>
/// <param name="policy">Limit and window; its algorithm is taken as <see cref="RateLimitAlgorithm.FixedWindow"/>.</param>
/// <param name="partition">Who is counted.</param>
public sealed class RedisFixedWindowRateLimiter(RedisConnection connection, RateLimitPolicy policy, string partition)
    : RedisReplenishingRateLimiter(connection, policy, RateLimitAlgorithm.FixedWindow, partition);
