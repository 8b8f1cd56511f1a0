using System.Globalization;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Sessions;
using Functions.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Accounts;

/// <summary>Registration, login and logout.</summary>
public sealed class AccountFunctions(AccountRegistry accounts, PasswordCheck passwords, SessionStore sessions, SessionCookie cookie, ClientAddress address)
{
    /// <summary>Makes an account.</summary>
    /// <remarks>A mail with a link to verify the address follows.</remarks>
    /// <response code="201">The account.</response>
    /// <response code="409">The address has an account.</response>
    [Function("Register")]
    [RequestBody<RegisterRequest>]
    [RateLimit("register", limit: 5, windowSeconds: 60)]
    [Idempotent]
    public async Task<Results<ETagged<Created<AccountAnswer>>, ProblemHttpResult>> RegisterAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "register")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<RegisterRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var user = await accounts.RegisterAsync(body.Email!, body.Name!, body.Password!, request.HttpContext.RequestAborted);
        return user is null
            ? Problems.Conflict("E-mail already registered")
            : TypedResults.Created($"/api/users/{user.Id}", new AccountAnswer(user.Id, user.Email, user.Name))
                .WithETagOf(UserAnswer.ForOwner(user.Id, user.Name, user.Email));
    }

    /// <summary>Signs in.</summary>
    /// <remarks>
    /// The answer has the token for the header <c>X-Session-ID</c>, and sets the cookie <c>session</c> for browsers. After many failures an account waits:
    /// 429, for right passwords too.
    /// </remarks>
    /// <response code="200">The session.</response>
    /// <response code="401">The address or the password is wrong.</response>
    [Function("Login")]
    [ResponseHeader(StatusCodes.Status200OK, "Set-Cookie", "The cookie `session` for browsers.")]
    [RequestBody<LoginRequest>]
    [RateLimit("login", limit: 5, windowSeconds: 60)]
    public async Task<Results<Ok<LoginAnswer>, ProblemHttpResult>> LoginAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "login")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<LoginRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var (user, wait) = await passwords.ByEmailAsync(request.HttpContext, body.Email!, body.Password!);
        if (user is null)
        {
            return wait ?? Problems.Unauthorized("Invalid credentials");
        }

        var remember = body.Remember ?? true;
        var metadata = new Dictionary<string, string> { ["ip"] = address.Of(request.HttpContext), ["user_agent"] = request.Headers.UserAgent.ToString() };
        if (!remember)
        {
            metadata[SessionCookie.Remembered] = "false";
        }

        var session = await sessions.CreateAsync(
            user.Id.ToString(CultureInfo.InvariantCulture), metadata, cookie.LifetimeOf(remember), request.HttpContext.RequestAborted);

        // A change of password or a deletion closes the sessions that are there. This one may have come too late to be among them.
        if (!await accounts.IsCurrentAsync(user, request.HttpContext.RequestAborted))
        {
            await sessions.CloseAsync(session.Session, CancellationToken.None);
            return Problems.Unauthorized("Invalid credentials");
        }

        cookie.Write(request.HttpContext, session);
        return TypedResults.Ok(new LoginAnswer(session.Token, new SignedInUser(user.Id, user.Name)));
    }

    /// <summary>Closes the session.</summary>
    /// <response code="200">The session is closed, and the cookie deleted.</response>
    [Function("Logout")]
    [ResponseHeader(StatusCodes.Status200OK, "Set-Cookie", "Deletes the cookie.")]
    [RequireSession]
    public async Task<Ok<StatusAnswer>> LogoutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "logout")] HttpRequest request)
    {
        // With several cookies all of them: the browser would go on with the next one.
        foreach (var session in await request.ShownSessionsAsync())
        {
            await sessions.CloseAsync(session, request.HttpContext.RequestAborted);
        }

        cookie.Delete(request.HttpContext);
        return TypedResults.Ok(new StatusAnswer("logged_out"));
    }

    /// <summary>Closes all sessions of the caller, this one too.</summary>
    /// <response code="200">How many they were.</response>
    [Function("LogoutAll")]
    [ResponseHeader(StatusCodes.Status200OK, "Set-Cookie", "Deletes the cookie.")]
    [RequireSession]
    public async Task<Ok<SessionsClosedAnswer>> LogoutAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "logout/all")] HttpRequest request)
    {
        var closed = await sessions.CloseAllAsync(request.Caller().Session.UserId, cancellationToken: request.HttpContext.RequestAborted);
        cookie.Delete(request.HttpContext);
        return TypedResults.Ok(new SessionsClosedAnswer(closed));
    }
}
