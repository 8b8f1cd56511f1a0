using BenchmarkDotNet.Attributes;
using Functions.Redis.Caching;
using Microsoft.Extensions.Caching.Hybrid;
using StackExchange.Redis;
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
        _peers = new CachePeers();
        await Microsoft();
        await Fusion();

        // Ours keeps nothing before it hears of removals: until then the entry is gone when Redis has lost it.
        await using var connection = await ConnectionMultiplexer.ConnectAsync(BenchmarkRedis.ConnectionString);
        var local = new RedisCacheEntryOptions { LocalExpiration = Options.LocalCacheExpiration, Flags = HybridCacheEntryFlags.DisableUnderlyingData };
        do
        {
            await Task.Delay(50);
            await Ours();
            await connection.GetDatabase().KeyDeleteAsync($"cache:{{{Key}}}");
        }
        while (!(await _peers.Ours.TryGetAsync<CatalogItem>(Key, local)).Found);
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
