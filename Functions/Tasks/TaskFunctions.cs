using Functions.Http;
using Functions.Http.Policies;
using Functions.Redis.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Tasks;

/// <summary>Lets callers follow, cancel and repeat tasks.</summary>
public sealed class TaskFunctions(TaskQueue queue, TaskDesk desk)
{
    private const string NoSuchTask = "No such task";

    [Function("GetTask")]
    [RequireSession]
    public async Task<Results<Ok<TaskAnswer>, ProblemHttpResult>> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "tasks/{id}")] HttpRequest request, string id) =>
        await desk.FindAsync(id, request.Caller().UserId, request.HttpContext.RequestAborted) is { } task
            ? TypedResults.Ok(TaskAnswer.Of(task))
            : Problems.NotFound(NoSuchTask);

    [Function("ListTasks")]
    [RequireSession]
    public async Task<Results<Ok<Page<TaskAnswer>>, ProblemHttpResult>> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "tasks")] HttpRequest request)
    {
        var userId = request.Caller().UserId;
        if (!TaskListRequest.TryRead(request.Query, TaskDesk.OwnerOf(userId), out var query, out var problem))
        {
            return problem;
        }

        if (query.Owner is null && !await desk.MaySeeAllAsync(userId, request.HttpContext.RequestAborted))
        {
            return Problems.Forbidden("Only administrators may do this");
        }

        try
        {
            var page = await queue.ListAsync(query, request.HttpContext.RequestAborted);
            return TypedResults.Ok(new Page<TaskAnswer>([.. page.Items.Select(TaskAnswer.Of)], page.NextCursor));
        }
        catch (FormatException)
        {
            return Problems.Invalid("cursor", "The value is not a cursor that a list has returned.");
        }
    }

    [Function("CancelTask")]
    [RequireSession]
    [Audited]
    public async Task<Results<NoContent, ProblemHttpResult>> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "tasks/{id}")] HttpRequest request, string id)
    {
        if (await desk.FindAsync(id, request.Caller().UserId, request.HttpContext.RequestAborted) is null)
        {
            return Problems.NotFound(NoSuchTask);
        }

        return await queue.CancelAsync(id, request.HttpContext.RequestAborted) switch
        {
            TaskState.Queued or TaskState.Delayed or TaskState.Running => TypedResults.NoContent(),
            null => Problems.NotFound(NoSuchTask),
            _ => Problems.Conflict("The task has already finished"),
        };
    }

    [Function("RetryTask")]
    [RequireAdmin]
    [Audited]
    [Idempotent]
    public async Task<Results<Accepted<TaskAcceptedAnswer>, ProblemHttpResult>> RetryAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "tasks/{id}/retry")] HttpRequest request, string id) =>
        await queue.RetryAsync(id, request.HttpContext.RequestAborted) switch
        {
            { Before: TaskState.Dead or TaskState.Cancelled, Position: var position } => TaskAcceptedAnswer.Of(new EnqueuedTask(id, position, true)),
            { Before: null } => Problems.NotFound(NoSuchTask),
            _ => Problems.Conflict("Only a dead or cancelled task can be retried"),
        };

    [Function("Queues")]
    [RequireAdmin]
    public async Task<Ok<QueuesAnswer>> CountAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "queues")] HttpRequest request) =>
        TypedResults.Ok(QueuesAnswer.Of(await queue.CountAsync(request.HttpContext.RequestAborted)));
}
