using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Hybrid;
using ZiggyCreatures.Caching.Fusion;

namespace Functions.Benchmarks.Caching;

/// <summary>A read of an entry that is nowhere, with a factory that has the value at hand: what the cache adds, storing included where it waits for that.</summary>
[MemoryDiagnoser]
public class CacheMissBenchmarks
{
    private static readonly string[] Tags = ["products", "category:3"];
    private static readonly HybridCacheEntryOptions Options = CachePeers.Options(local: false);
    private static readonly FusionCacheEntryOptions FusionOptions = CachePeers.FusionOptions(local: false);

    private readonly string _run = Guid.NewGuid().ToString("N");
    private CachePeers _peers = null!;
    private int _keys;

    [GlobalSetup]
    public void Setup() => _peers = new CachePeers();

    [GlobalCleanup]
    public Task CleanupAsync() => _peers.CloseAsync();

    [Benchmark(Baseline = true, Description = "RedisHybridCache, miss")]
    public ValueTask<CatalogItem> Ours() => _peers.Ours.GetOrCreateAsync(NextKey(), _ => ValueTask.FromResult(CatalogItem.Sample), Options, Tags);

    [Benchmark(Description = "HybridCache + Redis, miss")]
    public ValueTask<CatalogItem> Microsoft() => _peers.Microsoft.GetOrCreateAsync(NextKey(), _ => ValueTask.FromResult(CatalogItem.Sample), Options, Tags);

    [Benchmark(Description = "FusionCache + Redis, miss")]
    public ValueTask<CatalogItem> Fusion() => _peers.Fusion.GetOrSetAsync(NextKey(), _ => Task.FromResult(CatalogItem.Sample), FusionOptions, Tags);

    private string NextKey() => $"miss:{_run}:{++_keys}";
}
