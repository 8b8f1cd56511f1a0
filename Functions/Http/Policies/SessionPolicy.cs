using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Authenticates callers by the header <c>X-Session-ID</c> or the signed cookie, and authorises them by the function's attributes.</summary>
public sealed class SessionPolicy(SessionStore sessions, SessionCookie cookie, IAdminDirectory admins) : IEarlyHttpPolicy
{
    private const string Header = "X-Session-ID";

    private static readonly Task<Session?> NoSession = Task.FromResult<Session?>(null);

    /// <inheritdoc/>
    public void Begin(HttpInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        if (invocation.Function.Policy<RequireSessionAttribute>() is null && invocation.Function.Policy<OptionalSessionAttribute>() is null)
        {
            return;
        }

        var http = invocation.Http;
        var byHeader = http.Request.Headers.TryGetValue(Header, out var header) && header.Count > 0;
        var byCookie = cookie.TryRead(http.Request, out var cookieToken);
        var token = byHeader ? header.ToString() : cookieToken;
        var authentication = token is null ? NoSession : sessions.AuthenticateAsync(token, http.RequestAborted).OrForgotten();
        http.Features.Set(new ShownSession(byHeader, byCookie, token, authentication));
    }

    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var http = invocation.Http;
        if (http.Features.Get<ShownSession>() is not { } shown)
        {
            return await next();
        }

        var session = await shown.Authentication;
        if (session is not null)
        {
            http.Features.Set(Caller.Of(session));
        }

        if (invocation.Function.Policy<RequireSessionAttribute>() is not { } required)
        {
            return await next();
        }

        if (session is null)
        {
            return Problems.Unauthorized(shown.ByHeader || shown.ByCookie ? "Invalid or expired session" : "Missing session ID");
        }

        if (!shown.ByHeader && ChangesState(http.Request) && !SameOrigin.Check(http.Request))
        {
            return Problems.Forbidden("The request comes from another origin");
        }

        if (required is RequireAdminAttribute && !await admins.IsAdminAsync(http.Request.Caller().UserId, http.RequestAborted))
        {
            return Problems.Forbidden("Only administrators may do this");
        }

        return await next();
    }

    private static bool ChangesState(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method);
}
