using BenchmarkDotNet.Attributes;
using Functions.Redis.RateLimiting;

namespace Functions.Benchmarks.RateLimiting;

/// <summary>Decisions of 64 callers at the same time over one connection: the time per decision is the inverse of the throughput.</summary>
[MemoryDiagnoser]
public class RateLimitThroughputBenchmarks
{
    private const int Callers = RateLimitPeers.Callers;
    private const int Decisions = 6_400;

    private RateLimitPeers _peers = null!;

    [GlobalSetup]
    public async Task SetupAsync() => _peers = await RateLimitPeers.OpenAsync();

    [GlobalCleanup]
    public Task CleanupAsync() => _peers.CloseAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Decisions, Description = "the guide's pipeline")]
    public Task Guide() => AllAsync(_peers.GuideAsync);

    [Benchmark(OperationsPerInvoke = Decisions, Description = "sliding window")]
    public Task SlidingWindow() => DecideAsync(RateLimitAlgorithm.SlidingWindow);

    [Benchmark(OperationsPerInvoke = Decisions, Description = "token bucket")]
    public Task TokenBucket() => DecideAsync(RateLimitAlgorithm.TokenBucket);

    [Benchmark(OperationsPerInvoke = Decisions, Description = "fixed window")]
    public Task FixedWindow() => DecideAsync(RateLimitAlgorithm.FixedWindow);

    [Benchmark(OperationsPerInvoke = Decisions, Description = "concurrency, all taken")]
    public Task ConcurrencyFull() => AllAsync(_peers.DecideFullAsync);

    [Benchmark(OperationsPerInvoke = Decisions, Description = "concurrency, with release")]
    public Task Concurrency() => DecideAsync(RateLimitAlgorithm.Concurrency);

    private Task DecideAsync(RateLimitAlgorithm algorithm) => AllAsync(caller => _peers.DecideAsync(algorithm, caller));

    private static Task AllAsync(Func<int, Task> decide) => Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
    {
        for (var i = 0; i < Decisions / Callers; i++)
        {
            await decide(caller);
        }
    }));
}
