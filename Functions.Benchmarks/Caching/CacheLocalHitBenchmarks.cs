using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Hybrid;
using ZiggyCreatures.Caching.Fusion;

namespace Functions.Benchmarks.Caching;

/// <summary>A hit in the first level, of an immutable object with three tags.</summary>
[MemoryDiagnoser]
public class CacheLocalHitBenchmarks
{
    private const string Key = "benchmark-local";
    private static readonly string[] Tags = ["products", "product:4711", "category:3"];
    private static readonly HybridCacheEntryOptions Options = CachePeers.Options(local: true);
    private static readonly FusionCacheEntryOptions FusionOptions = CachePeers.FusionOptions(local: true);

    private CachePeers _peers = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        // Ours may keep what it has from before it hears of removals for seconds only, and then keeps it anew; that is once in a run.
        _peers = new CachePeers();
        await Ours();
        await Microsoft();
        await Fusion();
    }

    [GlobalCleanup]
    public Task CleanupAsync() => _peers.CloseAsync();

    [Benchmark(Baseline = true, Description = "RedisHybridCache, first level")]
    public ValueTask<CatalogItem> Ours() => _peers.Ours.GetOrCreateAsync(Key, _ => ValueTask.FromResult(CatalogItem.Sample), Options, Tags);

    [Benchmark(Description = "HybridCache, first level")]
    public ValueTask<CatalogItem> Microsoft() => _peers.Microsoft.GetOrCreateAsync(Key, _ => ValueTask.FromResult(CatalogItem.Sample), Options, Tags);

    [Benchmark(Description = "FusionCache, first level")]
    public ValueTask<CatalogItem> Fusion() => _peers.Fusion.GetOrSetAsync(Key, _ => Task.FromResult(CatalogItem.Sample), FusionOptions, Tags);
}
