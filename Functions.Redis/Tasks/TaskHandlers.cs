using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Redis.Tasks;

/// <summary>The handlers by the names of tasks.</summary>
internal sealed class TaskHandlers
{
    private readonly FrozenDictionary<string, TaskHandlerRegistration> _byName;
    private readonly IServiceScopeFactory _scopes;

    /// <param name="registrations">The handlers.</param>
    /// <param name="scopes">Makes a scope for each attempt.</param>
    /// <param name="missingOf">The service that a class needs and that is not registered, or null.</param>
    /// <exception cref="InvalidOperationException">Two handlers have the same name, or one needs a service that is not registered.</exception>
    public TaskHandlers(IEnumerable<TaskHandlerRegistration> registrations, IServiceScopeFactory scopes, Func<Type, Type?>? missingOf = null)
    {
        var all = registrations.ToArray();
        if (all.GroupBy(one => one.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"Two handlers are registered for tasks named '{twice.Key}'.");
        }

        foreach (var one in all)
        {
            if (missingOf?.Invoke(one.Handler) is { } missing)
            {
                throw new InvalidOperationException($"{one.Handler.Name}, the handler of tasks named '{one.Name}', needs {missing.Name}, which is not registered.");
            }
        }

        _byName = all.ToFrozenDictionary(one => one.Name);
        _scopes = scopes;
    }

    /// <summary>The names that have handlers, in alphabetical order.</summary>
    public IReadOnlyList<string> Names => [.. _byName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Whether there is a handler of tasks called <paramref name="name"/>.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>What of a payload may be shown; null for nothing.</summary>
    public object? Describe(TaskRecord record) => _byName.GetValueOrDefault(record.Name)?.Describe(record);

    /// <summary>Makes an attempt; returns the result as JSON, empty for none.</summary>
    public async Task<ReadOnlyMemory<byte>> InvokeAsync(TaskRun run, TaskContext context)
    {
        var record = run.Record;
        if (!_byName.TryGetValue(record.Name, out var handler))
        {
            throw new PermanentTaskException($"No handler is registered for tasks named '{record.Name}'.");
        }

        await using var scope = _scopes.CreateAsyncScope();
        var result = await handler.InvokeAsync(scope.ServiceProvider, record, context, run.Token);
        return result is null ? ReadOnlyMemory<byte>.Empty : JsonSerializer.SerializeToUtf8Bytes(result, result.GetType(), TaskJson.Options);
    }
}
