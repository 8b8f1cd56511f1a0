using Functions.OpenApi;
using Functions.Redis.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Tasks;

/// <summary>The answer to a request that became a task.</summary>
/// <param name="TaskId">Names the task.</param>
/// <param name="Status">Always <c>queued</c>.</param>
/// <param name="QueuePosition">Its place in the queue, from 1 on.</param>
[Example("""{"task_id": "018f3c5e9b7a4d2c8e1f6a5b4c3d2e1f", "status": "queued", "queue_position": 1}""")]
public sealed record TaskAcceptedAnswer(string TaskId, string Status, long QueuePosition)
{
    /// <summary>202 with the address of the task.</summary>
    public static Accepted<TaskAcceptedAnswer> Of(EnqueuedTask task) =>
        TypedResults.Accepted($"/api/tasks/{task.Id}", new TaskAcceptedAnswer(task.Id, "queued", task.Position));
}
