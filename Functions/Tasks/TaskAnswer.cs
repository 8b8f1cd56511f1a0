using System.Text.Json;
using Functions.Redis.Tasks;

namespace Functions.Tasks;

/// <summary>A task, as its owner and administrators see it.</summary>
public sealed record TaskAnswer(
    string Id,
    string Name,
    TaskState State,
    TaskPriority Priority,
    int Attempts,
    int MaxAttempts,
    int? Progress,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    DateTimeOffset? NextAttemptAt,
    JsonElement? Result,
    string? Error)
{
    public static TaskAnswer Of(TaskRecord task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new TaskAnswer(
            task.Id,
            task.Name,
            task.State,
            task.Priority,
            task.Attempts,
            task.MaximumAttempts,
            task.Progress,
            task.CreatedAt,
            task.StartedAt,
            task.FinishedAt,
            task.NextAttemptAt,
            task.Result is { } result ? JsonSerializer.Deserialize<JsonElement>(result.Span) : null,
            task.Error);
    }
}
