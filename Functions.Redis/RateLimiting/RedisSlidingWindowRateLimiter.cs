using Functions.Redis.Connections;

namespace Functions.Redis.RateLimiting;

/// <summary>An exact sliding window over all instances: at most so many permits in any window that ends at a request.</summary>
/// <param name="connection">The connection to Redis.</param>
/// <param name="policy">Limit and window; its algorithm is taken as <see cref="RateLimitAlgorithm.SlidingWindow"/>.</param>
/// <param name="partition">Who is counted.</param>
public sealed class RedisSlidingWindowRateLimiter(RedisConnection connection, RateLimitPolicy policy, string partition)
    : RedisReplenishingRateLimiter(connection, policy, RateLimitAlgorithm.SlidingWindow, partition);
