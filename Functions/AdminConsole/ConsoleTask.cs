using Functions.OpenApi;
using Functions.Redis.Tasks;
using Functions.Tasks;

namespace Functions.AdminConsole;

/// <summary>A task with its owner.</summary>
[Example("""{"task": {"id": "018f3c5e9b7a4d2c8e1f6a5b4c3d2e1f", "name": "send_email", "state": "dead", "priority": "normal", "attempts": 5, "max_attempts": 5, "progress": null, "created_at": "2026-11-23T10:00:00Z", "started_at": "2026-11-23T10:07:01Z", "finished_at": "2026-11-23T10:07:03.25Z", "next_attempt_at": null, "result": null, "error": "The mail server did not answer."}, "owner": "5"}""")]
public sealed record ConsoleTask(TaskAnswer Task, string? Owner)
{
    internal static ConsoleTask Of(TaskRecord task) => new(TaskAnswer.Of(task), task.Owner);
}
