using System.Globalization;
using Functions.Accounts;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.AdminConsole;

/// <summary>Who is there, and everybody's sessions.</summary>
public sealed class ConsoleSessionFunctions(PeopleDesk people, SessionStore sessions)
{
    /// <summary>Users by id or a part of name or address; without a query those who are online.</summary>
    /// <response code="200">At most 50 users.</response>
    [Function("ConsoleUsers")]
    [QueryParameter("q", typeof(string), "An id, or a part of name or address; default who is online.", Maximum = PeopleDesk.LongestQuery, Example = "ada")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<PeopleAnswer>, ProblemHttpResult>> FindAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/users")] HttpRequest request) =>
        request.Query["q"].ToString() is { Length: <= PeopleDesk.LongestQuery } text && !text.Contains('\0', StringComparison.Ordinal)
            ? TypedResults.Ok(await people.FindAsync(text.Trim(), request.HttpContext.RequestAborted))
            : Problems.Invalid("q", $"The value may have {PeopleDesk.LongestQuery} characters, without NUL.");

    /// <summary>A user's open sessions, the newest login first.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The id of the user.</param>
    /// <response code="200">A page of sessions.</response>
    [Function("ConsoleUserSessions")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<Page<SessionItem>>, ProblemHttpResult>> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/users/{id:int}/sessions")] HttpRequest request, int id)
    {
        if (!PageRequest.TryRead(request, out var page, out var problem))
        {
            return problem;
        }

        var open = page.Of(await sessions.ListAsync(UserOf(id), page.Limit + 1, page.After, request.HttpContext.RequestAborted), listed => listed.Position);
        var current = request.Caller().Session;
        return TypedResults.Ok(new Page<SessionItem>([.. open.Items.Select(listed => SessionItem.Of(listed.Session, current))], open.NextCursor));
    }

    /// <summary>Closes one of a user's sessions.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The id of the user.</param>
    /// <param name="session">The handle of the session.</param>
    /// <response code="204">The session is closed.</response>
    /// <response code="404">The user has no such session.</response>
    [Function("CloseUserSession")]
    [RequireAdmin]
    [Audited]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<NoContent, ProblemHttpResult>> CloseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "console/users/{id:int}/sessions/{session}")] HttpRequest request, int id, string session) =>
        await sessions.CloseAsync(UserOf(id), session, request.HttpContext.RequestAborted) ? TypedResults.NoContent() : Problems.NotFound("No such session");

    /// <summary>Closes all of a user's sessions.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The id of the user.</param>
    /// <response code="200">How many were closed.</response>
    [Function("CloseUserSessions")]
    [RequireAdmin]
    [Audited]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Ok<SessionsClosedAnswer>> CloseAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "console/users/{id:int}/sessions")] HttpRequest request, int id)
    {
        var closed = await sessions.CloseAllAsync(UserOf(id), cancellationToken: CancellationToken.None);
        request.SayInAudit($"closed: {closed}");
        return TypedResults.Ok(new SessionsClosedAnswer(closed));
    }

    private static string UserOf(int id) => id.ToString(CultureInfo.InvariantCulture);
}
