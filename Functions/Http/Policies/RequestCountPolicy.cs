using System.Diagnostics;
using Functions.Redis.Monitoring;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Counts requests, how long they took, and how they ended, for the console. Without event streams, and without the console's own.</summary>
public sealed class RequestCountPolicy(InstanceCounters counters) : IHttpPolicy
{
    /// <inheritdoc/>
    public Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        ArgumentNullException.ThrowIfNull(next);
        if (invocation.Function.Policy<EventStreamAttribute>() is null && !invocation.Function.Route.StartsWith("api/console", StringComparison.Ordinal))
        {
            var (response, started) = (invocation.Http.Response, Stopwatch.GetTimestamp());
            response.OnCompleted(() =>
            {
                counters.Add("requests");
                counters.Add("requests.microseconds", (long)Stopwatch.GetElapsedTime(started).TotalMicroseconds);
                if (response.StatusCode >= StatusCodes.Status500InternalServerError)
                {
                    counters.Add("requests.failed");
                }
                else if (response.StatusCode == StatusCodes.Status429TooManyRequests)
                {
                    counters.Add("requests.limited");
                }

                return Task.CompletedTask;
            });
        }

        return next();
    }
}
