using Functions.Redis.Tasks;
using Functions.Redis.Wiring;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the task queue, its handlers and its worker.</summary>
public static class TaskServiceCollectionExtensions
{
    /// <summary>Adds <see cref="TaskQueue"/>. Needs the connection of <c>AddRedis</c>.</summary>
    public static OptionsBuilder<TaskOptions> AddTaskQueue(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<TaskOptions>>().Value);
        services.TryAddSingleton<TaskQueue>();
        return services.AddOptions<TaskOptions>().ValidateSettings("Tasks");
    }

    /// <summary>Adds the handler of tasks called <paramref name="name"/>; each attempt gets its own, from a scope of its own.</summary>
    /// <remarks>A second handler of the name, and a handler that needs what is not registered, stop the start.</remarks>
    public static IServiceCollection AddTaskHandler<THandler, TPayload>(this IServiceCollection services, string name)
        where THandler : class, ITaskHandler<TPayload>
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        services.TryAddTransient<THandler>();
        return services.AddSingleton(TaskHandlerRegistration.Of<THandler, TPayload>(name));
    }

    /// <summary>
    /// Adds <see cref="TaskWorker"/> as it is used behind triggers: it works when somebody rings, and somebody has to call
    /// <see cref="TaskQueue.SweepAsync"/> every few seconds.
    /// </summary>
    public static OptionsBuilder<TaskOptions> AddTriggeredTaskWorker(this IServiceCollection services)
    {
        var options = services.AddTaskQueue();
        services.TryAddSingleton(provider => new TaskHandlers(
            provider.GetServices<TaskHandlerRegistration>(),
            provider.GetRequiredService<IServiceScopeFactory>(),
            handler => MissingServices.Of(handler, services, provider)));
        services.TryAddSingleton(provider => new TaskPayloads(provider.GetRequiredService<TaskHandlers>()));
        services.TryAddSingleton(provider => new TaskWorker(
            provider.GetRequiredService<TaskQueue>(),
            provider.GetRequiredService<TaskHandlers>(),
            provider.GetRequiredService<TaskOptions>(),
            provider.GetRequiredService<ILogger<TaskWorker>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, TaskWorkerLifetime>());
        return options;
    }

    /// <summary>
    /// Adds <see cref="TaskWorker"/> as a hosted service, for web applications and console workers: it listens to the queue's channel, polls in case it
    /// misses something, and sweeps.
    /// </summary>
    public static OptionsBuilder<TaskOptions> AddTaskWorker(this IServiceCollection services)
    {
        var options = services.AddTriggeredTaskWorker();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, TaskWorkerService>());
        return options;
    }
}
