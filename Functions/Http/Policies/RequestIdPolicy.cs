using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Functions.Http.Policies;

/// <summary>Gives every request an id, the caller's if it is a sane one, and shows it in the answer, the logs and the trace.</summary>
public sealed partial class RequestIdPolicy(ILogger<RequestIdPolicy> logger) : IHttpPolicy
{
    private const string Header = "X-Request-ID";

    private static readonly Func<ILogger, string, IDisposable?> RequestScope = LoggerMessage.DefineScope<string>("RequestId:{RequestId}");

    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var http = invocation.Http;
        var given = http.Request.Headers[Header].ToString();
        var id = SaneId().IsMatch(given) ? given : Guid.CreateVersion7().ToString("N");

        http.TraceIdentifier = id;
        http.Response.Headers[Header] = id;
        Activity.Current?.SetTag("http.request.header.x-request-id", id);
        using (RequestScope(logger, id))
        {
            return await next();
        }
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,128}\\z")]
    private static partial Regex SaneId();
}
