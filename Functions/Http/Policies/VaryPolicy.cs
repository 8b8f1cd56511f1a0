namespace Functions.Http.Policies;

/// <summary>
/// Names in <c>Vary</c> what the answers of a function depend on, whatever they turn out to be: the session that the request shows, and its
/// origin, also where it has none. A cache would give one caller's answer to another otherwise.
/// </summary>
public sealed class VaryPolicy(HttpOptions options) : IHttpPolicy
{
    /// <inheritdoc/>
    public Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        ArgumentNullException.ThrowIfNull(next);
        var headers = invocation.Http.Response.Headers;
        if (options.AllowedOrigins.Count > 0)
        {
            headers.AddVary("Origin");
        }

        if (invocation.Function.Policy<RequireSessionAttribute>() is not null || invocation.Function.Policy<OptionalSessionAttribute>() is not null)
        {
            headers.AddVary("X-Session-ID", "Cookie");
        }

        return next();
    }
}
