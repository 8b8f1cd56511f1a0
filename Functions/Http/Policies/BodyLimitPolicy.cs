using Microsoft.AspNetCore.Http.Features;

namespace Functions.Http.Policies;

/// <summary>Rejects bodies over the function's <see cref="BodyLimitAttribute"/>, before they are read where they announce their length.</summary>
public sealed class BodyLimitPolicy : IHttpPolicy
{
    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var limit = invocation.Function.Policy<BodyLimitAttribute>()?.Bytes ?? BodyLimitAttribute.DefaultBytes;
        if (invocation.Http.Request.ContentLength > limit)
        {
            return Problems.PayloadTooLarge(limit);
        }

        // A body without announced length is counted by the server while it is read.
        if (invocation.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = limit;
        }

        return await next();
    }
}
