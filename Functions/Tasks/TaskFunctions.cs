using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Tasks;

/// <summary>Lets callers follow, cancel and repeat tasks.</summary>
public sealed class TaskFunctions(TaskQueue queue, TaskDesk desk)
{
    private const string NoSuchTask = "No such task";

    /// <summary>Shows a task to its owner and to administrators.</summary>
    /// <param name="id">The task.</param>
    /// <response code="200">The task.</response>
    /// <response code="404">The caller has no such task.</response>
    [Function("GetTask")]
    [RequireSession]
    public async Task<Results<Ok<TaskAnswer>, ProblemHttpResult>> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "tasks/{id}")] HttpRequest request, string id) =>
        await desk.FindAsync(id, request.Caller().UserId, request.HttpContext.RequestAborted) is { } task
            ? TypedResults.Ok(TaskAnswer.Of(task))
            : Problems.NotFound(NoSuchTask);

    /// <summary>Lists tasks, the youngest first.</summary>
    /// <remarks>A page may be short and still not the last.</remarks>
    /// <response code="200">A page of tasks.</response>
    /// <response code="403">Only administrators may see everybody's tasks.</response>
    [Function("ListTasks")]
    [QueryParameter("state", typeof(TaskState), "Only tasks in this state.")]
    [QueryParameter("all", typeof(bool), "Everybody's tasks, for administrators; default the caller's own.")]
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

    /// <summary>Cancels a task of the caller; administrators any.</summary>
    /// <param name="id">The task.</param>
    /// <response code="204">The task is cancelled.</response>
    /// <response code="404">The caller has no such task.</response>
    /// <response code="409">The task has already finished.</response>
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

    /// <summary>Runs a dead or cancelled task again.</summary>
    /// <param name="id">The task.</param>
    /// <response code="202">The task.</response>
    /// <response code="404">There is no such task.</response>
    /// <response code="409">The task is neither dead nor cancelled.</response>
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

    /// <summary>Counts the tasks.</summary>
    /// <response code="200">The counts.</response>
    [Function("Queues")]
    [RequireAdmin]
    public async Task<Ok<QueuesAnswer>> CountAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "queues")] HttpRequest request) =>
        TypedResults.Ok(QueuesAnswer.Of(await queue.CountAsync(request.HttpContext.RequestAborted)));
}
