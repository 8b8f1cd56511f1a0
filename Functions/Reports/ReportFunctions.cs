using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Reports;

/// <summary>Accepts reports.</summary>
public sealed class ReportFunctions(TaskQueue queue, IAdminDirectory admins)
{
    /// <summary>Has a report made, by a task.</summary>
    /// <remarks>The task's result names the CSV file.</remarks>
    /// <response code="202">The task.</response>
    [Function("RequestReport")]
    [RequestBody<ReportRequest>]
    [RequireSession]
    [RateLimit("reports", limit: 20, windowSeconds: 60, Key = RateLimitKey.User)]
    [Idempotent]
    public async Task<Results<Accepted<TaskAcceptedAnswer>, ProblemHttpResult>> RequestAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "reports")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<ReportRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var userId = request.Caller().UserId;
        var isAdmin = await admins.IsAdminAsync(userId, request.HttpContext.RequestAborted);
        body.DateRange!.TryGetMoments(out var from, out var to);
        return TaskAcceptedAnswer.Of(await queue.EnqueueAsync(
            TaskNames.GenerateReport,
            new ReportPayload(body.Type!.Value, from, to, userId, isAdmin),
            new EnqueueOptions { Owner = TaskDesk.OwnerOf(userId), IdempotencyKey = request.IdempotencyName() },
            request.HttpContext.RequestAborted));
    }
}
