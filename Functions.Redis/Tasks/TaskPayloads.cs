using System.Text.Json;

namespace Functions.Redis.Tasks;

/// <summary>What administrators may see of what tasks carry: as much as the handler says (<see cref="ITaskHandler{TPayload}.Describe"/>).</summary>
public sealed class TaskPayloads
{
    private readonly TaskHandlers _handlers;

    internal TaskPayloads(TaskHandlers handlers) => _handlers = handlers;

    /// <summary>The names of tasks that have handlers.</summary>
    public IReadOnlyList<string> Names => _handlers.Names;

    /// <summary>What of the payload may be shown, as JSON; null for nothing.</summary>
    public JsonElement? Describe(TaskRecord task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return _handlers.Describe(task) is { } described ? JsonSerializer.SerializeToElement(described, described.GetType(), TaskJson.Options) : null;
    }
}
