using BenchmarkDotNet.Attributes;
using Functions.Redis.RateLimiting;

namespace Functions.Benchmarks.RateLimiting;

/// <summary>Decisions of 64 callers at the same time over one connection: the time per decision is the inverse of the throughput.</summary>
public class RateLimitThroughputBenchmarks : RateLimitBenchmarks
{
    private const int Callers = 64;
    private const int Decisions = 6_400;

    [Benchmark(Baseline = true, OperationsPerInvoke = Decisions, Description = "the guide's pipeline")]
    public override Task Guide() => AllAsync(GuideAsync);

    [Benchmark(OperationsPerInvoke = Decisions, Description = "sliding window")]
    public override Task SlidingWindow() => AllAsync(caller => DecideAsync(RateLimitAlgorithm.SlidingWindow, caller));

    [Benchmark(OperationsPerInvoke = Decisions, Description = "token bucket")]
    public override Task TokenBucket() => AllAsync(caller => DecideAsync(RateLimitAlgorithm.TokenBucket, caller));

    [Benchmark(OperationsPerInvoke = Decisions, Description = "fixed window")]
    public override Task FixedWindow() => AllAsync(caller => DecideAsync(RateLimitAlgorithm.FixedWindow, caller));

    [Benchmark(OperationsPerInvoke = Decisions, Description = "concurrency, with release")]
    public override Task Concurrency() => AllAsync(caller => DecideAsync(RateLimitAlgorithm.Concurrency, caller));

    private static Task AllAsync(Func<int, Task> decide) => Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
    {
        for (var i = 0; i < Decisions / Callers; i++)
        {
            await decide(caller);
        }
    }));
}
