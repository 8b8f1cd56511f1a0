using Functions.Http;
using Functions.Http.Policies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Messages;

/// <summary>Messages between users.</summary>
public sealed class MessageFunctions(MessageBox messages)
{
    [Function("SendMessage")]
    [RequireSession]
    [RateLimit("messages", limit: 60, windowSeconds: 60, Key = RateLimitKey.User)]
    [Idempotent(IsRepeatable = true)]
    public async Task<Results<Created<MessageSentAnswer>, ProblemHttpResult>> SendAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "messages")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<SendMessageRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var id = await messages.SendAsync(
            request.Caller().UserId, body.RecipientId!.Value, body.Content!, request.IdempotencyDigests(), request.HttpContext.RequestAborted);
        return id is null
            ? Problems.Invalid("recipient_id", "There is no such user.")
            : TypedResults.Created((string?)null, new MessageSentAnswer(id.Value));
    }

    [Function("ListMessages")]
    [RequireSession]
    public async Task<Results<Ok<Page<MessageAnswer>>, ProblemHttpResult>> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "messages")] HttpRequest request) =>
        PageRequest.TryRead(request, out var page, out var problem)
            ? TypedResults.Ok(await messages.ListAsync(request.Caller().UserId, page, request.HttpContext.RequestAborted))
            : problem;
}
