using System.Globalization;
using Functions.Data;
using Functions.Http;
using Functions.Http.Policies;
using Functions.Redis.Backoff;
using Functions.Redis.Sessions;
using Functions.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Accounts;

/// <summary>Registration, login and logout.</summary>
public sealed class AccountFunctions(AccountRegistry accounts, SessionStore sessions, SessionCookie cookie, ClientAddress address, LoginBackoff backoff)
{
    private const string BackoffPolicy = "login-account";

    [Function("Register")]
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

    [Function("Login")]
    [RateLimit("login", limit: 5, windowSeconds: 60)]
    public async Task<Results<Ok<LoginAnswer>, ProblemHttpResult>> LoginAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "login")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<LoginRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var (name, from) = (EmailAddress.Normalize(body.Email!), address.NetworkOf(request.HttpContext));
        var wait = await backoff.AttemptAsync(name, from, request.HttpContext.RequestAborted);
        if (wait > TimeSpan.Zero)
        {
            request.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Problems.RateLimited([BackoffPolicy]);
        }

        User? user;
        try
        {
            user = await accounts.VerifyAsync(body.Email!, body.Password!, request.HttpContext.RequestAborted);
        }
        catch (Exception exception) when (ServerOutage.Includes(exception))
        {
            // Nobody knows whether the password was right: an outage must not make its owner wait.
            await backoff.WithdrawAsync(name, from, CancellationToken.None);
            throw;
        }

        if (user is null)
        {
            return Problems.Unauthorized("Invalid credentials");
        }

        await backoff.SucceedAsync(name, from, request.HttpContext.RequestAborted);
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

    [Function("Logout")]
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

    [Function("LogoutAll")]
    [RequireSession]
    public async Task<Ok<SessionsClosedAnswer>> LogoutAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "logout/all")] HttpRequest request)
    {
        var closed = await sessions.CloseAllAsync(request.Caller().Session.UserId, cancellationToken: request.HttpContext.RequestAborted);
        cookie.Delete(request.HttpContext);
        return TypedResults.Ok(new SessionsClosedAnswer(closed));
    }
}
