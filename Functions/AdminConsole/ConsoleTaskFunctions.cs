using System.Globalization;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.AdminConsole;

/// <summary>Everybody's tasks: found, looked at, and changed by the hundred.</summary>
public sealed class ConsoleTaskFunctions(TaskQueue queue, TaskPayloads payloads, TaskBulk bulk)
{
    /// <summary>Everybody's tasks, the youngest first; those of a state by when they came into it.</summary>
    /// <response code="200">A page of tasks.</response>
    [Function("ConsoleTasks")]
    [QueryParameter("state", typeof(TaskState), "Only tasks in this state.")]
    [QueryParameter("name", typeof(string), "Only tasks with this name.", Maximum = TaskListRequest.LongestFilter, Example = "send_email")]
    [QueryParameter("owner", typeof(string), "Only tasks of this owner, a user's id.", Maximum = TaskListRequest.LongestFilter, Example = "5")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<Page<ConsoleTask>>, ProblemHttpResult>> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/tasks")] HttpRequest request)
    {
        if (!TaskListRequest.TryReadAll(request.Query, out var query, out var problem))
        {
            return problem;
        }

        try
        {
            var page = await queue.ListAsync(query, request.HttpContext.RequestAborted);
            return TypedResults.Ok(new Page<ConsoleTask>([.. page.Items.Select(ConsoleTask.Of)], page.NextCursor));
        }
        catch (FormatException)
        {
            return Problems.Invalid("cursor", "The value is not a cursor that a list has returned.");
        }
    }

    /// <summary>A task with its owner, and as much of its payload as its handler lets administrators see.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The id of the task.</param>
    /// <response code="200">The task.</response>
    /// <response code="404">There is no such task.</response>
    [Function("ConsoleTask")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<ConsoleTaskDetail>, ProblemHttpResult>> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/tasks/{id}")] HttpRequest request, string id) =>
        await queue.FindAsync(id, request.HttpContext.RequestAborted) is { } task
            ? TypedResults.Ok(new ConsoleTaskDetail(ConsoleTask.Of(task), payloads.Describe(task), task.Payload.Length))
            : Problems.NotFound("No such task");

    /// <summary>The names of tasks that have handlers.</summary>
    /// <response code="200">The names.</response>
    [Function("ConsoleTaskNames")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public Ok<TaskNamesAnswer> Names([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/task-names")] HttpRequest request) =>
        TypedResults.Ok(new TaskNamesAnswer(payloads.Names));

    /// <summary>How many tasks a filter finds, up to the number that one change takes.</summary>
    /// <response code="200">How many there are.</response>
    [Function("ConsoleTaskCount")]
    [QueryParameter("state", typeof(TaskState), "Only tasks in this state.")]
    [QueryParameter("name", typeof(string), "Only tasks with this name.", Maximum = TaskListRequest.LongestFilter, Example = "send_email")]
    [QueryParameter("owner", typeof(string), "Only tasks of this owner, a user's id.", Maximum = TaskListRequest.LongestFilter, Example = "5")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<TaskCountAnswer>, ProblemHttpResult>> CountAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/task-count")] HttpRequest request) =>
        TaskListRequest.TryReadAll(request.Query, out var query, out var problem)
            ? TypedResults.Ok(new TaskCountAnswer((await bulk.FindAsync(query, request.HttpContext.RequestAborted)).Count, TaskBulk.Maximum))
            : problem;

    /// <summary>Cancels or retries all tasks that a filter finds, if they are as many as the request says.</summary>
    /// <response code="200">How many were changed.</response>
    /// <response code="409">They are another number, which the member <c>count</c> says. Nothing was changed.</response>
    [Function("ChangeTasks")]
    [RequestBody<ChangeTasksRequest>]
    [RequireAdmin]
    [Audited]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<TasksChangedAnswer>, ProblemHttpResult>> ChangeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "console/tasks")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<ChangeTasksRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        // Half a change is worse than a late one: it does not end with the caller.
        var (found, changed) = await bulk.ChangeAsync(body, CancellationToken.None);
        request.SayInAudit(string.Create(CultureInfo.InvariantCulture, $"{body.Action} {changed} of {found} tasks: state {body.State}, name {body.Name ?? "any"}, owner {body.Owner ?? "any"}"));
        return changed is { } number
            ? TypedResults.Ok(new TasksChangedAnswer(number))
            : Problems.Problem(StatusCodes.Status409Conflict, $"There are {found} such tasks now, not {body.Count}", members: [("count", (object?)found)]);
    }
}
