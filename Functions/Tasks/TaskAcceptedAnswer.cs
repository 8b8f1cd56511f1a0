using Functions.Redis.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Tasks;

/// <summary>The answer to a request that became a task.</summary>
public sealed record TaskAcceptedAnswer(string TaskId, string Status, long QueuePosition)
{
    /// <summary>202 with the address of the task.</summary>
    public static Accepted<TaskAcceptedAnswer> Of(EnqueuedTask task) =>
        TypedResults.Accepted($"/api/tasks/{task.Id}", new TaskAcceptedAnswer(task.Id, "queued", task.Position));
}
