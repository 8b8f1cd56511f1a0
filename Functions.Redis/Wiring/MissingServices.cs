using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Redis.Wiring;

/// <summary>Tells before it is made whether a class can be made.</summary>
public static class MissingServices
{
    /// <summary>What the constructor of <paramref name="type"/> takes and is not registered; null if one of its public constructors can be called.</summary>
    public static Type? Of(Type type, IServiceProviderIsService services)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(services);
        Type? first = null;
        foreach (var constructor in type.GetConstructors())
        {
            var missing = Array.Find(constructor.GetParameters(), parameter => !CanBeHad(parameter, services))?.ParameterType;
            if (missing is null)
            {
                return null;
            }

            first ??= missing;
        }

        return first;
    }

    /// <summary>The same for a registered class; null for one that a factory makes, which knows what it needs.</summary>
    internal static Type? Of(Type type, IServiceCollection registered, IServiceProvider provider) =>
        provider.GetService<IServiceProviderIsService>() is { } services
        && registered.LastOrDefault(one => one.ServiceType == type && !one.IsKeyedService)?.ImplementationType is { } made
            ? Of(made, services)
            : null;

    private static bool CanBeHad(ParameterInfo parameter, IServiceProviderIsService services) =>
        parameter.HasDefaultValue
        || (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed
            ? services is IServiceProviderIsKeyedService keys && keys.IsKeyedService(parameter.ParameterType, keyed.Key)
            : services.IsService(parameter.ParameterType));
}
