using Functions.Redis.Caching;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using ZiggyCreatures.Caching.Fusion;

namespace Functions.Benchmarks.Caching;

/// <summary>The caches that are compared, each with services and a connection of its own, on one Redis.</summary>
internal sealed class CachePeers
{
    private readonly List<ServiceProvider> _providers = [];

    public CachePeers()
    {
        Ours = Provider(services =>
        {
            services.AddRedis(BenchmarkRedis.Options);
            services.AddRedisHybridCache();
        }).GetRequiredService<RedisHybridCache>();
        Microsoft = Provider(services =>
        {
            services.AddStackExchangeRedisCache(options => options.Configuration = BenchmarkRedis.ConnectionString);
            services.AddHybridCache();
        }).GetRequiredService<HybridCache>();
        Fusion = Provider(services =>
        {
            services.AddStackExchangeRedisCache(options => options.Configuration = BenchmarkRedis.ConnectionString);
            services.AddFusionCache().WithSerializer(new FusionJsonSerializer()).WithRegisteredDistributedCache();
        }).GetRequiredService<IFusionCache>();
    }

    public RedisHybridCache Ours { get; }

    public HybridCache Microsoft { get; }

    public IFusionCache Fusion { get; }

    /// <summary>Five minutes, with a first level or only in Redis.</summary>
    public static HybridCacheEntryOptions Options(bool local) => new()
    {
        Expiration = TimeSpan.FromMinutes(5),
        LocalCacheExpiration = local ? TimeSpan.FromMinutes(5) : null,
        Flags = local ? HybridCacheEntryFlags.None : HybridCacheEntryFlags.DisableLocalCache,
    };

    /// <inheritdoc cref="Options"/>
    public static FusionCacheEntryOptions FusionOptions(bool local)
    {
        var options = new FusionCacheEntryOptions(TimeSpan.FromMinutes(5));
        return local ? options : options.SetSkipMemoryCache();
    }

    /// <summary>Ends all of them.</summary>
    public async Task CloseAsync()
    {
        foreach (var provider in _providers)
        {
            await provider.DisposeAsync();
        }
    }

    private ServiceProvider Provider(Action<IServiceCollection> configure)
    {
        var services = new ServiceCollection().AddLogging();
        configure(services);
        var provider = services.BuildServiceProvider();
        _providers.Add(provider);
        return provider;
    }
}
