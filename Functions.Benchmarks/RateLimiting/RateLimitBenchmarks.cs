using BenchmarkDotNet.Attributes;
using Functions.Redis.Connections;
using Functions.Redis.RateLimiting;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Functions.Benchmarks.RateLimiting;

/// <summary>One decision of one caller, who waits for it: latency. The limit is 100 in a second, so most decisions are rejections.</summary>
[MemoryDiagnoser]
public class RateLimitBenchmarks
{
    protected const int Limit = 100;

    private RedisConnection _connection = null!;
    private IConnectionMultiplexer _peer = null!;
    private RateLimitPolicy[] _policies = null!;

    private protected RateLimits Limits { get; private set; } = null!;

    private protected GuideRateLimiter GuideLimiter { get; private set; } = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _connection = new RedisConnection(BenchmarkRedis.Options, NullLoggerFactory.Instance);
        Limits = new RateLimits(_connection, TimeProvider.System, NullLogger<RateLimits>.Instance);
        _peer = await ConnectionMultiplexer.ConnectAsync(BenchmarkRedis.ConnectionString);
        GuideLimiter = new GuideRateLimiter(_peer.GetDatabase());
        _policies = [.. Enum.GetValues<RateLimitAlgorithm>().Select(algorithm => new RateLimitPolicy("bench", Limit, TimeSpan.FromSeconds(1), Algorithm: algorithm))];
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await Limits.DisposeAsync();
        await _connection.DisposeAsync();
        await _peer.DisposeAsync();
    }

    [Benchmark(Baseline = true, Description = "the guide's pipeline")]
    public virtual Task Guide() => GuideAsync(0);

    [Benchmark(Description = "sliding window")]
    public virtual Task SlidingWindow() => DecideAsync(RateLimitAlgorithm.SlidingWindow, 0);

    [Benchmark(Description = "token bucket")]
    public virtual Task TokenBucket() => DecideAsync(RateLimitAlgorithm.TokenBucket, 0);

    [Benchmark(Description = "fixed window")]
    public virtual Task FixedWindow() => DecideAsync(RateLimitAlgorithm.FixedWindow, 0);

    [Benchmark(Description = "concurrency, with release")]
    public virtual Task Concurrency() => DecideAsync(RateLimitAlgorithm.Concurrency, 0);

    private protected Task GuideAsync(int caller) => GuideLimiter.IsAllowedAsync($"ratelimit:guide:{caller}", Limit, 1);

    private protected async Task DecideAsync(RateLimitAlgorithm algorithm, int caller)
    {
        await using var acquisition = await Limits.AcquireAsync([new CountedLimit(_policies[(int)algorithm], $"bench:{caller}")]);
    }
}
