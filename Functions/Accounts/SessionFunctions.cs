using Functions.Http;
using Functions.Http.Policies;
using Functions.Redis.Sessions;
using Functions.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Accounts;

/// <summary>What signed-in callers see of themselves.</summary>
public sealed class SessionFunctions(SessionStore sessions, UserDirectory users)
{
    /// <summary>Lists the caller's open sessions, the newest login first.</summary>
    /// <response code="200">A page of sessions.</response>
    [Function("ListSessions")]
    [RequireSession]
    public async Task<Results<Ok<Page<SessionItem>>, ProblemHttpResult>> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "sessions")] HttpRequest request)
    {
        if (!PageRequest.TryRead(request, out var page, out var problem))
        {
            return problem;
        }

        var current = request.Caller().Session;
        var open = page.Of(
            await sessions.ListAsync(current.UserId, page.Limit + 1, page.After, request.HttpContext.RequestAborted), listed => listed.Position);
        return TypedResults.Ok(new Page<SessionItem>([.. open.Items.Select(listed => SessionItem.Of(listed.Session, current))], open.NextCursor));
    }

    /// <summary>Closes one session of the caller.</summary>
    /// <param name="id">The handle of the session, from the list.</param>
    /// <response code="204">The session is closed.</response>
    /// <response code="404">The caller has no such session.</response>
    [Function("CloseSession")]
    [RequireSession]
    public async Task<Results<NoContent, ProblemHttpResult>> CloseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "sessions/{id}")] HttpRequest request, string id) =>
        await sessions.CloseAsync(request.Caller().Session.UserId, id, request.HttpContext.RequestAborted)
            ? TypedResults.NoContent()
            : Problems.NotFound("No such session");

    /// <summary>Tells who has signed in.</summary>
    /// <response code="200">The account.</response>
    /// <response code="404">The account has been deleted.</response>
    [Function("GetProfile")]
    [RequireSession]
    public async Task<Results<Ok<ProfileAnswer>, ProblemHttpResult>> ProfileAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "profile")] HttpRequest request)
    {
        var caller = request.Caller();
        return await users.FindAsync(caller.UserId, request.HttpContext.RequestAborted) is { } user
            ? TypedResults.Ok(new ProfileAnswer(user.Id, user.Email, user.EmailVerified, user.Name, user.IsAdmin, caller.Session.CreatedAt))
            : Problems.NotFound("No such user");
    }

    /// <summary>Answers whoever has signed in.</summary>
    /// <response code="200">The caller has signed in.</response>
    [Function("Protected")]
    [RequireSession]
    public Ok<ProtectedAnswer> Protected(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "protected")] HttpRequest request) =>
        TypedResults.Ok(new ProtectedAnswer(request.Caller().UserId, "You are signed in"));

    /// <summary>Does nothing, a limited number of times.</summary>
    /// <response code="200">It is done.</response>
    [Function("UserAction")]
    [RequireSession]
    [RateLimit("user-action", limit: 100, windowSeconds: 60, Key = RateLimitKey.User)]
    public Ok<StatusAnswer> UserAction(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "user-action")] HttpRequest request) =>
        TypedResults.Ok(new StatusAnswer("ok"));
}
