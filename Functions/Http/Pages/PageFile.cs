using Microsoft.AspNetCore.Http;

namespace Functions.Http.Pages;

/// <summary>A file of a built-in page: browsers keep it and ask each time whether it has changed.</summary>
internal sealed class PageFile(ReadOnlyMemory<byte> content, string contentType) : IResult
{
    private readonly string _etag = EntityTag.Of(content.Span);

    /// <summary>What the page may load, where it is one; null for a file that pages load.</summary>
    public string? ContentSecurityPolicy { get; init; }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var (request, response) = (httpContext.Request, httpContext.Response);
        if (ContentSecurityPolicy is not null)
        {
            if (request.Path.Value is { } path && path.EndsWith('/'))
            {
                // The same route, but what the page names relative to itself would not be there.
                response.Headers.Location = $"../{path.TrimEnd('/').Split('/')[^1]}{request.QueryString}";
                response.StatusCode = StatusCodes.Status308PermanentRedirect;
                return Task.CompletedTask;
            }

            response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        }

        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = _etag;
        if (!Preconditions.Of(request).IsNoneMatch(_etag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = contentType;
        response.ContentLength = content.Length;
        return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : response.Body.WriteAsync(content, httpContext.RequestAborted).AsTask();
    }
}
