using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Authenticates callers by the header <c>X-Session-ID</c> or the signed cookie, and authorises them by the function's attributes.</summary>
public sealed class SessionPolicy(SessionStore sessions, SessionCookie cookie, IAdminDirectory admins) : IEarlyHttpPolicy
{
    private const string Header = "X-Session-ID";

    /// <inheritdoc/>
    public void Begin(HttpInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        if (invocation.Function.Policy<RequireSessionAttribute>() is null && invocation.Function.Policy<OptionalSessionAttribute>() is null)
        {
            return;
        }

        var http = invocation.Http;
        var header = HeaderOf(http.Request);
        var byCookie = cookie.TryRead(http, out var cookieTokens);
        var tokens = header is null ? cookieTokens : [header];
        http.Features.Set(new ShownSession(header is not null, byCookie, tokens, cookieTokens, AuthenticateAsync(tokens, http.RequestAborted).OrForgotten()));
    }

    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var http = invocation.Http;
        if (http.Features.Get<ShownSession>() is not { } shown)
        {
            return await next();
        }

        var session = (await shown.Open).FirstOrDefault();
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

    // All are asked together: one round trip. Nearly always it is one.
    private async Task<Session[]> AuthenticateAsync(IReadOnlyList<string> tokens, CancellationToken cancellationToken) =>
        [.. (await Task.WhenAll(tokens.Select(token => sessions.AuthenticateAsync(token, cancellationToken)))).OfType<Session>()];

    // An empty header is what some clients send for none. Several with different values are no token.
    private static string? HeaderOf(HttpRequest request)
    {
        var values = request.Headers[Header].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().ToArray();
        return values.Length == 0 ? null : string.Join(',', values);
    }

    private static bool ChangesState(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method);
}
