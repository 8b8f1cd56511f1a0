using Functions.Redis.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Functions.Benchmarks.RateLimiting;

/// <summary>The limiters that are compared, each with a connection of its own, on one Redis. The limit is 100 in a second.</summary>
internal sealed class RateLimitPeers
{
    private const int Limit = 100;

    private static readonly RateLimitPolicy[] Policies =
        [.. Enum.GetValues<RateLimitAlgorithm>().Select(algorithm => new RateLimitPolicy("bench", Limit, TimeSpan.FromSeconds(1), Algorithm: algorithm))];

    private readonly List<ServiceProvider> _providers = [];
    private readonly RateLimits _limits;
    private readonly IDatabase _database;
    private readonly GuideRateLimiter _guide;

    private RateLimitPeers(IConnectionMultiplexer redis)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddRedis(BenchmarkRedis.Options);
        services.AddRedisRateLimits();
        _providers.Add(services.BuildServiceProvider());
        _limits = _providers[0].GetRequiredService<RateLimits>();
        _database = redis.GetDatabase();
        _guide = new GuideRateLimiter(_database);
    }

    public static async Task<RateLimitPeers> OpenAsync() => new(await ConnectionMultiplexer.ConnectAsync(BenchmarkRedis.ConnectionString));

    public Task GuideAsync(int caller) => _guide.IsAllowedAsync($"ratelimit:guide:{caller}", Limit, 1);

    public async Task DecideAsync(RateLimitAlgorithm algorithm, int caller)
    {
        await using var acquisition = await _limits.AcquireAsync([new CountedLimit(Policies[(int)algorithm], $"bench:{caller}")]);
    }

    public async Task CloseAsync()
    {
        await _providers[0].DisposeAsync();
        await _database.Multiplexer.DisposeAsync();
    }
}
