using System.Text.RegularExpressions;
using Functions.Http.Policies;
using Functions.Redis.Events;
using Functions.Redis.Tasks;
using Functions.Redis.Wiring;
using Functions.Tasks;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Functions;

/// <summary>Stops the start if functions, handlers and services do not fit together: each mistake would else show when somebody calls.</summary>
public sealed partial class WiringCheck(FunctionCatalog catalog, TaskWorker tasks, EventWorker events, IServiceProviderIsService services) : IHostedService
{
    private const string EventTypeConstant = "EventType";

    // Names in TaskNames that are none of tasks.
    private static readonly string[] NoTasks = [nameof(TaskNames.Queue), nameof(TaskNames.WakeUp)];

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Something does not fit; the message says what and where.</exception>
    public Task StartAsync(CancellationToken cancellationToken) =>
        catalog.All.Select(FaultOf).Append(SharedRoute()).Append(TaskWithoutHandler()).Append(EventWithoutHandler()).FirstOrDefault(fault => fault is not null) is { } found
            ? throw new InvalidOperationException(found)
            : Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private string? FaultOf(FunctionDescriptor function)
    {
        if (MissingServices.Of(function.Method.DeclaringType!, services) is { } missing)
        {
            return $"Function '{function.Name}' needs {missing.Name}, which is not registered.";
        }

        if (function.Http is null || function.Policy<CacheResultAttribute>() is not { } cached)
        {
            return null;
        }

        var values = TemplateParser.Parse(function.Route).Parameters.Select(parameter => parameter.Name!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (cached.Prefix.AsSpan().ContainsAny('{', '}'))
        {
            return $"Function '{function.Name}': the cache prefix '{cached.Prefix}' has a placeholder; route values follow the prefix by themselves.";
        }

        if (cached.Owner is { } owner && !values.Contains(owner))
        {
            return $"Function '{function.Name}': the owner of its answers is '{owner}', which its route '{function.Route}' does not have.";
        }

        if (cached.Tags.FirstOrDefault(tag => tag.AsSpan().ContainsAny('{', '}')) is { } template)
        {
            return $"Function '{function.Name}': the cache tag '{template}' has a placeholder; a tag that names something is added by the function, with AddCacheTag.";
        }

        return null;
    }

    private string? SharedRoute()
    {
        var taken = new Dictionary<(string Method, string Route), FunctionDescriptor>();
        foreach (var function in catalog.All.Where(function => function.Http is not null))
        {
            var route = ParameterName().Replace(function.Route, "{").ToUpperInvariant();
            foreach (var method in function.HttpMethods.DefaultIfEmpty("*"))
            {
                if (!taken.TryAdd((method, route), function))
                {
                    return $"Functions '{taken[(method, route)].Name}' and '{function.Name}' both answer {method} /{function.Route}.";
                }
            }
        }

        return null;
    }

    private string? TaskWithoutHandler() => typeof(TaskNames).GetFields()
        .Where(field => field.IsLiteral && !NoTasks.Contains(field.Name))
        .Select(field => (string)field.GetRawConstantValue()!)
        .Where(name => !tasks.Handles(name))
        .Select(name => $"TaskNames has '{name}', but no handler is registered for tasks of that name.")
        .FirstOrDefault();

    // By convention the data of an event have its type as a constant.
    private string? EventWithoutHandler() => typeof(WiringCheck).Assembly.GetTypes()
        .Select(type => (Data: type, Event: type.GetField(EventTypeConstant)?.GetRawConstantValue() as string))
        .Where(pair => pair.Event is not null && !events.Handles(pair.Event))
        .Select(pair => $"Events of type '{pair.Event}' ({pair.Data.Name}) have no handler: add one with AddEventHandler, or AddStreamedEvent if only streams need them.")
        .FirstOrDefault();

    // Two routes are one if they differ in the names of their parameters only.
    [GeneratedRegex(@"\{\*{0,2}[A-Za-z0-9_]+")]
    private static partial Regex ParameterName();
}
