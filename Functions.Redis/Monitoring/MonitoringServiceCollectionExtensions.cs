using Functions.Redis.Monitoring;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the counters of all instances.</summary>
public static class MonitoringServiceCollectionExtensions
{
    /// <summary>Adds <see cref="InstanceCounters"/>, <see cref="TightCallers"/> and <see cref="FleetMonitor"/>. Needs the connection of <c>AddRedis</c>; somebody has to report every few seconds.</summary>
    public static IServiceCollection AddFleetMonitor(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<InstanceCounters>();
        services.TryAddSingleton<TightCallers>();
        services.TryAddSingleton<FleetMonitor>();
        return services;
    }
}
