using Functions.Redis.Caching;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the cache.</summary>
public static class CacheServiceCollectionExtensions
{
    /// <summary>Adds <see cref="RedisHybridCache"/>, also as <see cref="HybridCache"/>. Needs the connection of <c>AddRedis</c>.</summary>
    public static OptionsBuilder<CacheOptions> AddRedisHybridCache(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<CacheOptions>>().Value);
        services.TryAddSingleton<RedisHybridCache>();
        services.TryAddSingleton<HybridCache>(provider => provider.GetRequiredService<RedisHybridCache>());
        return services.AddOptions<CacheOptions>().ValidateSettings("Cache");
    }
}
