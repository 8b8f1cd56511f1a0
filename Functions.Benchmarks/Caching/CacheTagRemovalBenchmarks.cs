using BenchmarkDotNet.Attributes;

namespace Functions.Benchmarks.Caching;

/// <summary>The removal of a tag.</summary>
[MemoryDiagnoser]
public class CacheTagRemovalBenchmarks
{
    private const string Tag = "benchmark-tag";

    private CachePeers _peers = null!;

    [GlobalSetup]
    public void Setup() => _peers = new CachePeers();

    [GlobalCleanup]
    public Task CleanupAsync() => _peers.CloseAsync();

    [Benchmark(Baseline = true, Description = "RedisHybridCache, tag removal")]
    public ValueTask Ours() => _peers.Ours.RemoveByTagAsync(Tag);

    [Benchmark(Description = "HybridCache + Redis, tag removal")]
    public ValueTask Microsoft() => _peers.Microsoft.RemoveByTagAsync(Tag);

    [Benchmark(Description = "FusionCache + Redis, tag removal")]
    public ValueTask Fusion() => _peers.Fusion.RemoveByTagAsync(Tag);
}
