using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Hybrid;
using StackExchange.Redis;
using ZiggyCreatures.Caching.Fusion;

namespace Functions.Benchmarks.Caching;

/// <summary>A hit in Redis, without a first level in the process, of an entry with three tags.</summary>
[MemoryDiagnoser]
public class CacheHitBenchmarks
{
    private const string Key = "benchmark";
    private static readonly string[] Tags = ["products", "product:4711", "category:3"];
    private static readonly HybridCacheEntryOptions Options = CachePeers.Options(local: false);
    private static readonly FusionCacheEntryOptions FusionOptions = CachePeers.FusionOptions(local: false);

    private CachePeers _peers = null!;
    private IDatabase _bare = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _bare = (await ConnectionMultiplexer.ConnectAsync(BenchmarkRedis.ConnectionString)).GetDatabase();
        await _bare.StringSetAsync("bare", JsonSerializer.SerializeToUtf8Bytes(CatalogItem.Sample));
        _peers = new CachePeers();
        await Ours();
        await Microsoft();
        await Fusion();
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _peers.CloseAsync();
        await _bare.Multiplexer.DisposeAsync();
    }

    [Benchmark(Baseline = true, Description = "StringGetAsync and deserialization")]
    public async Task<CatalogItem?> Bare()
    {
        var value = await _bare.StringGetAsync("bare");
        return JsonSerializer.Deserialize<CatalogItem>(((ReadOnlyMemory<byte>)value).Span);
    }

    [Benchmark(Description = "RedisHybridCache")]
    public ValueTask<CatalogItem> Ours() => _peers.Ours.GetOrCreateAsync(Key, _ => ValueTask.FromResult(CatalogItem.Sample), Options, Tags);

    [Benchmark(Description = "HybridCache + Redis")]
    public ValueTask<CatalogItem> Microsoft() => _peers.Microsoft.GetOrCreateAsync(Key, _ => ValueTask.FromResult(CatalogItem.Sample), Options, Tags);

    [Benchmark(Description = "FusionCache + Redis")]
    public ValueTask<CatalogItem> Fusion() => _peers.Fusion.GetOrSetAsync(Key, _ => Task.FromResult(CatalogItem.Sample), FusionOptions, Tags);
}
