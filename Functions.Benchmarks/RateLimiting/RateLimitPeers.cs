using Functions.Redis.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Functions.Benchmarks.RateLimiting;

/// <summary>
/// The limiters that are compared, each with a connection of its own, on one Redis. The limit is 100 in a second, so that most decisions are
/// rejections.
/// </summary>
internal sealed class RateLimitPeers
{
    public const int Callers = 64;

    private const int Limit = 100;

    private static readonly RateLimitPolicy[] Policies =
        [.. Enum.GetValues<RateLimitAlgorithm>().Select(algorithm => new RateLimitPolicy("bench", Limit, TimeSpan.FromSeconds(1), Algorithm: algorithm))];

    // All permits are held while the benchmark runs.
    private static readonly RateLimitPolicy Full = new("full", Limit, TimeSpan.FromMinutes(1), Algorithm: RateLimitAlgorithm.Concurrency);

    private readonly string _full = $"f{Random.Shared.Next(1_000_000)}";
    private readonly List<RateLimitAcquisition> _held = [];
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

    public static async Task<RateLimitPeers> OpenAsync()
    {
        var peers = new RateLimitPeers(await ConnectionMultiplexer.ConnectAsync(BenchmarkRedis.ConnectionString));
        for (var caller = 0; caller < Callers; caller++)
        {
            peers._held.Add(await peers._limits.AcquireAsync([new CountedLimit(Full, $"{peers._full}:{caller}")], Limit));
        }

        return peers;
    }

    public Task GuideAsync(int caller) => _guide.IsAllowedAsync($"ratelimit:guide:{caller}", Limit, 1);

    /// <summary>A decision, and with concurrency giving back what was taken.</summary>
    public Task DecideAsync(RateLimitAlgorithm algorithm, int caller) => DecideAsync(Policies[(int)algorithm], $"bench:{caller}");

    /// <summary>A decision on concurrency while all permits are held.</summary>
    public Task DecideFullAsync(int caller) => DecideAsync(Full, $"{_full}:{caller}");

    public async Task CloseAsync()
    {
        _held.ForEach(static held => held.Dispose());
        await _providers[0].DisposeAsync();
        await _database.Multiplexer.DisposeAsync();
    }

    private async Task DecideAsync(RateLimitPolicy policy, string partition)
    {
        using var acquisition = await _limits.AcquireAsync([new CountedLimit(policy, partition)]);
    }
}
