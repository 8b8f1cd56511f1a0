using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>An event stream that cannot be served now: it says when to come again, and ends. It tells nothing, as nobody knows whose it is.</summary>
internal sealed class InterruptedEventStream : IResult
{
    private const int LeastMilliseconds = 2000;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var response = httpContext.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";

        // Not all at the same moment.
        var retry = LeastMilliseconds + Random.Shared.Next(LeastMilliseconds);
        await response.WriteAsync(
            string.Create(CultureInfo.InvariantCulture, $"retry: {retry}\n: the service is temporarily unavailable\n\n"), httpContext.RequestAborted);
    }
}
