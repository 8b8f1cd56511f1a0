using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Emails;

/// <summary>Accepts mail.</summary>
public sealed class EmailFunctions(TaskQueue queue)
{
    /// <summary>Sends a mail by a task.</summary>
    /// <response code="202">The task.</response>
    [Function("SendEmail")]
    [RequestBody<EmailRequest>]
    [RequireAdmin]
    [Audited]
    [Idempotent]
    public async Task<Results<Accepted<TaskAcceptedAnswer>, ProblemHttpResult>> SendAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "emails")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<EmailRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        return TaskAcceptedAnswer.Of(await queue.EnqueueAsync(
            TaskNames.SendEmail,
            body,
            new EnqueueOptions { Owner = TaskDesk.OwnerOf(request.Caller().UserId), Priority = TaskPriority.High, IdempotencyKey = request.IdempotencyName() },
            request.HttpContext.RequestAborted));
    }
}
