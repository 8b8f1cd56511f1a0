using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Authenticates callers by the header <c>X-Session-ID</c> or the signed cookie, and authorises them by the function's attributes.</summary>
public sealed class SessionPolicy(SessionStore sessions, SessionCookie cookie, IAdminDirectory admins) : IHttpPolicy
{
    private const string Header = "X-Session-ID";

    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var required = invocation.Function.Policy<RequireSessionAttribute>();
        if (required is null && invocation.Function.Policy<OptionalSessionAttribute>() is null)
        {
            return await next();
        }

        var http = invocation.Http;
        var byHeader = http.Request.Headers.TryGetValue(Header, out var header) && header.Count > 0;
        var hasCookie = cookie.TryRead(http.Request, out var cookieToken);
        var token = byHeader ? header.ToString() : cookieToken;

        var session = token is null ? null : await sessions.AuthenticateAsync(token, http.RequestAborted);
        if (session is not null)
        {
            http.Features.Set(Caller.Of(session));
        }

        if (required is null)
        {
            return await next();
        }

        if (session is null)
        {
            return Problems.Unauthorized(byHeader || hasCookie ? "Invalid or expired session" : "Missing session ID");
        }

        if (!byHeader && ChangesState(http.Request) && !SameOrigin.Check(http.Request))
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
