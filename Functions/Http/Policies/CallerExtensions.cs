using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Gives functions the caller.</summary>
public static class CallerExtensions
{
    /// <summary>The caller of a function that requires a session.</summary>
    /// <exception cref="InvalidOperationException">The function has no <see cref="RequireSessionAttribute"/>.</exception>
    public static Caller Caller(this HttpRequest request) =>
        request.CallerOrNull() ?? throw new InvalidOperationException("The function does not require a session.");

    /// <summary>Every open session that the request shows: the caller's, and where the browser has several cookies those of the others.</summary>
    internal static async Task<IReadOnlyList<Session>> ShownSessionsAsync(this HttpRequest request) =>
        request.HttpContext.Features.Get<ShownSession>() is { } shown ? await shown.Open : [];

    /// <summary>The caller, or null if nobody is signed in.</summary>
    public static Caller? CallerOrNull(this HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.HttpContext.Features.Get<Caller>();
    }
}
