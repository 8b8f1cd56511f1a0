using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Turns large pages into bytes before they are sent, so that what a slow client makes the process hold is counted.</summary>
public sealed class LargePagePolicy : IHttpPolicy
{
    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        var result = await next();
        var inner = result is INestedHttpResult nested ? nested.Result : result;
        return inner is IValueHttpResult { Value: IPage { Bytes: >= UnsentAnswers.SmallestCounted } }
            ? await StoredAnswer.CaptureAsync(inner, invocation.Http.RequestServices)
            : result;
    }
}
