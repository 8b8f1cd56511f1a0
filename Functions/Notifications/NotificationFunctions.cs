using Functions.Http;
using Functions.Http.Policies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Notifications;

/// <summary>What users were told of.</summary>
public sealed class NotificationFunctions(NotificationList notifications)
{
    /// <summary>Lists what the caller was told of, the newest first.</summary>
    /// <response code="200">A page of notifications.</response>
    [Function("ListNotifications")]
    [RequireSession]
    public async Task<Results<Ok<Page<NotificationAnswer>>, ProblemHttpResult>> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "notifications")] HttpRequest request) =>
        PageRequest.TryRead(request, out var page, out var problem)
            ? TypedResults.Ok(await notifications.ListAsync(request.Caller().UserId, page, request.HttpContext.RequestAborted))
            : problem;

    /// <summary>Marks a notification as read.</summary>
    /// <param name="id">The notification.</param>
    /// <response code="204">It is marked.</response>
    /// <response code="404">The caller has no such notification.</response>
    [Function("ReadNotification")]
    [RequireSession]
    public async Task<Results<NoContent, ProblemHttpResult>> ReadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "notifications/{id:long}/read")] HttpRequest request, long id) =>
        await notifications.MarkReadAsync(request.Caller().UserId, id, request.HttpContext.RequestAborted)
            ? TypedResults.NoContent()
            : Problems.NotFound("No such notification");
}
