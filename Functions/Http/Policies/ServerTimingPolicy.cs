using Functions.Observability;
using Microsoft.Extensions.Hosting;

namespace Functions.Http.Policies;

/// <summary>Tells in <c>Server-Timing</c> (W3C) what the request asked of Redis and PostgreSQL; see <see cref="HttpOptions.ServerTiming"/>.</summary>
public sealed class ServerTimingPolicy(HttpOptions options, IHostEnvironment environment, TimeProvider time) : IHttpPolicy
{
    private readonly bool _isOn = options.ServerTiming ?? environment.IsDevelopment();

    /// <inheritdoc/>
    public Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        ArgumentNullException.ThrowIfNull(next);
        return _isOn ? TimeAsync(invocation, next) : next();
    }

    private async Task<object?> TimeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var timings = RequestTimings.Begin(time);
        var result = await next();
        invocation.Http.Response.Headers["Server-Timing"] = timings.Finish();
        return result;
    }
}
