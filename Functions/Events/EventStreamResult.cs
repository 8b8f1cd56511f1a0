using Functions.Http.Policies;
using Functions.Redis.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Functions.Events;

/// <summary>Answers with an event stream that goes on until the client or the server ends it.</summary>
internal sealed class EventStreamResult(EventStreams streams, Caller caller, StreamPosition position) : IResult
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            WriteHead(httpContext.Response);
            return;
        }

        EventStream stream;
        try
        {
            stream = await streams.OpenAsync(httpContext, caller, position);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            await new InterruptedEventStream().ExecuteAsync(httpContext);
            return;
        }

        try
        {
            WriteHead(httpContext.Response);
            httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await stream.RunAsync();
        }
        finally
        {
            streams.Close(stream);
        }
    }

    private static void WriteHead(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // Proxies that buffer answers are asked not to.
    }
}
