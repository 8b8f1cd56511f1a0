using Functions.Redis.Connections;
using Functions.Redis.Events;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers events.</summary>
public static class EventServiceCollectionExtensions
{
    /// <summary>Adds <see cref="EventPublisher"/>, <see cref="EventWorker"/>, <see cref="EventFanOut"/> and <see cref="Presence"/>. Needs the connection of <c>AddRedis</c>.</summary>
    public static OptionsBuilder<EventOptions> AddRedisEvents(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<EventOptions>>().Value);
        services.TryAddSingleton<EventChannelStore>();
        services.TryAddSingleton<EventPublisher>();
        services.TryAddSingleton<EventChannels>();
        services.TryAddSingleton<ParkedEvents>();
        services.TryAddSingleton<Presence>();
        services.TryAddSingleton(provider => new EventFanOut(
            provider.GetRequiredService<RedisConnection>(),
            provider.GetRequiredService<EventChannelStore>(),
            provider.GetRequiredService<EventOptions>(),
            provider.GetRequiredService<ILogger<EventFanOut>>()));
        services.TryAddSingleton(provider => new EventWorker(
            provider.GetRequiredService<EventChannelStore>(),
            provider.GetServices<EventHandlerRegistration>(),
            provider.GetService<IEventConfirmation>(),
            provider.GetRequiredService<EventOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<EventWorker>>()));
        return services.AddOptions<EventOptions>().ValidateSettings("Events");
    }

    /// <summary>Has events of a type handled by <typeparamref name="THandler"/>, a singleton.</summary>
    /// <param name="services">Gets the handler.</param>
    /// <param name="type">The type.</param>
    /// <param name="isForUsers">Whether the handler takes events on channels of users only; others are parked at once.</param>
    /// <exception cref="ArgumentException">No event can have this type.</exception>
    public static IServiceCollection AddEventHandler<THandler, TData>(this IServiceCollection services, string type, bool isForUsers = false)
        where THandler : class, IEventHandler<TData>
    {
        ThrowIfNoType(type);
        services.TryAddSingleton<THandler>();
        return services.AddSingleton(provider => EventHandlerRegistration.Of(type, provider.GetRequiredService<THandler>(), isForUsers));
    }

    /// <summary>
    /// Makes a type known whose events are only streamed to clients. Needed for those that are to be confirmed (<see cref="IEventConfirmation"/>): without a
    /// handler they wait for an instance that has one, while all other events without a handler are streamed anyway.
    /// </summary>
    /// <exception cref="ArgumentException">No event can have this type.</exception>
    public static IServiceCollection AddStreamedEvent(this IServiceCollection services, string type)
    {
        ThrowIfNoType(type);
        return services.AddSingleton(EventHandlerRegistration.StreamOnly(type));
    }

    private static void ThrowIfNoType(string type)
    {
        if (!EventNames.IsType(type))
        {
            throw new ArgumentException($"'{type}' is no type of an event.", nameof(type));
        }
    }
}
