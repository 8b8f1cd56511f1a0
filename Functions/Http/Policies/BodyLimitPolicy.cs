using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Functions.Http.Policies;

/// <summary>
/// Rejects bodies over the function's <see cref="BodyLimitAttribute"/>, before they are read where they announce their length, and bodies that do not come: 408, and the
/// connection is closed.
/// </summary>
public sealed class BodyLimitPolicy(HttpOptions options, TimeProvider time) : IHttpPolicy
{
    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var http = invocation.Http;
        var limit = invocation.Function.Policy<BodyLimitAttribute>()?.Bytes ?? BodyLimitAttribute.DefaultBytes;
        if (http.Request.ContentLength > limit)
        {
            return Problems.PayloadTooLarge(limit);
        }

        // A body without announced length is counted by the server while it is read.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = limit;
        }

        return http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } ? await next() : await PaceAsync(http, next);
    }

    // Every reader of the body gets it through this, be it JSON, an upload, or what an idempotency key is compared by.
    private async Task<object?> PaceAsync(HttpContext http, Func<Task<object?>> next)
    {
        await using var body = new PacedBody(http.Request.Body, options.BodyTimeout, options.BodyBytesPerSecond, time);
        http.Request.Body = body;
        try
        {
            return await next();
        }
        finally
        {
            if (body.IsTooSlow)
            {
                http.Response.Headers.Connection = "close"; // RFC 9110, section 15.5.9.
            }
        }
    }
}
