using Functions.Redis.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the connection that all building blocks share.</summary>
public static class RedisServiceCollectionExtensions
{
    /// <summary>Adds the process's connection to Redis, configured by <see cref="RedisOptions.FromConfiguration"/>.</summary>
    /// <exception cref="RedisConfigurationException">A setting has a value that it cannot have.</exception>
    public static IServiceCollection AddRedis(this IServiceCollection services, IConfiguration configuration) =>
        services.AddRedis(RedisOptions.FromConfiguration(configuration));

    /// <summary>Adds the process's connection to Redis.</summary>
    /// <exception cref="RedisConfigurationException">The options cannot be used.</exception>
    public static IServiceCollection AddRedis(this IServiceCollection services, RedisOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ToConfigurationOptions(); // A mistake stops the start, not the first request.
        services.TryAddSingleton(options);
        services.TryAddSingleton<RedisConnection>();
        return services;
    }
}
