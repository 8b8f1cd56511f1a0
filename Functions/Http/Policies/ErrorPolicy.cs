using Functions.Data;
using Functions.Redis.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Functions.Http.Policies;

/// <summary>Turns exceptions into problem details that show nothing of the inside.</summary>
public sealed partial class ErrorPolicy(ILogger<ErrorPolicy> logger) : IHttpPolicy
{
    private const int RetryAfterSeconds = 5;

    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var http = invocation.Http;
        try
        {
            return await next();
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody reads the answer.
            return TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
        catch (BadHttpRequestException exception)
        {
            return Problems.Problem(exception.StatusCode, exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? "The body is too large"
                : "The request could not be read");
        }
        catch (PayloadTooLargeException)
        {
            return Problems.Problem(StatusCodes.Status413PayloadTooLarge, "The request is too large for a task");
        }
        catch (Exception exception) when (ServerOutage.Includes(exception))
        {
            LogUnavailable(invocation.Function.Name, exception.GetBaseException().Message); // No stack trace: there are many in an outage, and all alike.
            if (invocation.Function.Policy<EventStreamAttribute>() is not null)
            {
                return new InterruptedEventStream();
            }

            http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return Problems.Unavailable();
        }
#pragma warning disable CA1031 // The last resort: whatever it is, the caller gets a problem and the log the exception.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception, invocation.Function.Name);
            return Problems.InternalError();
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Function} failed.")]
    private partial void LogFailed(Exception exception, string function);

    [LoggerMessage(2, LogLevel.Warning, "{Function} needs a server that cannot be reached: {Reason}")]
    private partial void LogUnavailable(string function, string reason);
}
