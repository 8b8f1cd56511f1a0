using System.Text.Json;
using Functions.OpenApi;
using Functions.Redis.Tasks;

namespace Functions.Tasks;

/// <summary>A task, as its owner and administrators see it.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Name">What kind of task it is, such as <c>generate_report</c>.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Priority">Whether it goes before others.</param>
/// <param name="Attempts">How often it has been begun.</param>
/// <param name="MaxAttempts">How often it is begun at most before it is dead.</param>
/// <param name="Progress">In percent; null where nothing has been said.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="StartedAt">When its last attempt began; null before the first.</param>
/// <param name="FinishedAt">When it came to its end; null before.</param>
/// <param name="NextAttemptAt">When it is begun, or begun again, of a delayed task.</param>
/// <param name="Result">What it has made: <c>files</c> names its files.</param>
/// <param name="Error">Why the last attempt failed.</param>
[Example("""{"id": "018f3c5e9b7a4d2c8e1f6a5b4c3d2e1f", "name": "generate_report", "state": "succeeded", "priority": "normal", "attempts": 1, "max_attempts": 5, "progress": 100, "created_at": "2026-11-23T10:00:00Z", "started_at": "2026-11-23T10:00:01Z", "finished_at": "2026-11-23T10:00:03.25Z", "next_attempt_at": null, "result": {"files": ["report.csv"], "rows": 1000}, "error": null}""")]
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
