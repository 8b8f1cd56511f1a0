using BenchmarkDotNet.Attributes;
using Functions.Redis.RateLimiting;

namespace Functions.Benchmarks.RateLimiting;

/// <summary>One decision of one caller, who waits for it: latency. Most decisions are rejections, as the limit is 100 in a second.</summary>
[MemoryDiagnoser]
public class RateLimitBenchmarks
{
    private RateLimitPeers _peers = null!;

    [GlobalSetup]
    public async Task SetupAsync() => _peers = await RateLimitPeers.OpenAsync();

    [GlobalCleanup]
    public Task CleanupAsync() => _peers.CloseAsync();

    [Benchmark(Baseline = true, Description = "the guide's pipeline")]
    public Task Guide() => _peers.GuideAsync(0);

    [Benchmark(Description = "sliding window")]
    public Task SlidingWindow() => DecideAsync(RateLimitAlgorithm.SlidingWindow);

    [Benchmark(Description = "token bucket")]
    public Task TokenBucket() => DecideAsync(RateLimitAlgorithm.TokenBucket);

    [Benchmark(Description = "fixed window")]
    public Task FixedWindow() => DecideAsync(RateLimitAlgorithm.FixedWindow);

    [Benchmark(Description = "concurrency, all taken")]
    public Task ConcurrencyFull() => _peers.DecideFullAsync(0);

    [Benchmark(Description = "concurrency, with release")]
    public Task Concurrency() => DecideAsync(RateLimitAlgorithm.Concurrency);

    private Task DecideAsync(RateLimitAlgorithm algorithm) => _peers.DecideAsync(algorithm, 0);
}
