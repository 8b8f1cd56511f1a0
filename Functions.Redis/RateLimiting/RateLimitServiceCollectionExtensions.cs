using Functions.Redis.RateLimiting;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers rate limits.</summary>
public static class RateLimitServiceCollectionExtensions
{
    /// <summary>Adds <see cref="RateLimits"/> and <see cref="LiftedLimits"/>. Needs the connection of <c>AddRedis</c>.</summary>
    public static IServiceCollection AddRedisRateLimits(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RateLimits>();
        services.TryAddSingleton<LiftedLimits>();
        return services;
    }
}
