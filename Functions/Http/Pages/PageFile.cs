using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Pages;

/// <summary>A file of a built-in page: browsers keep it and ask each time whether it has changed.</summary>
/// <param name="content">What it is; as gzip it is sent so, and unpacked for clients that do not take it.</param>
/// <param name="contentType">Its content type.</param>
internal sealed class PageFile(ReadOnlyMemory<byte> content, string contentType) : IResult
{
    private readonly string _etag = EntityTag.Of(content.Span);
    private readonly bool _isCompressed = content.Span is [0x1f, 0x8b, ..];

    /// <summary>What the page may load, where it is one; null for a file that pages load.</summary>
    public string? ContentSecurityPolicy { get; init; }

    /// <summary>A large file, kept and mostly sent as gzip.</summary>
    public static PageFile Compressed(ReadOnlySpan<byte> content, string contentType)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return new PageFile(compressed.ToArray(), contentType);
    }

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
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
                return;
            }

            response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        }

        var isUnpacked = _isCompressed && !TakesGzip(request);
        var etag = isUnpacked ? $"{_etag[..^1]}-plain\"" : _etag; // Other bytes, another tag.
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = etag;
        if (_isCompressed)
        {
            response.Headers.AddVary("Accept-Encoding");
        }

        if (!Preconditions.Of(request).IsNoneMatch(etag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = contentType;
        if (_isCompressed && !isUnpacked)
        {
            response.Headers.ContentEncoding = "gzip";
        }

        if (!isUnpacked)
        {
            response.ContentLength = content.Length;
        }

        if (HttpMethods.IsHead(request.Method))
        {
            return;
        }

        if (!isUnpacked)
        {
            await response.Body.WriteAsync(content, httpContext.RequestAborted);
            return;
        }

        await using var plain = new GZipStream(new MemoryStream(content.ToArray()), CompressionMode.Decompress);
        await plain.CopyToAsync(response.Body, httpContext.RequestAborted);
    }

    private static bool TakesGzip(HttpRequest request) =>
        request.GetTypedHeaders().AcceptEncoding.Any(encoding => encoding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && encoding.Quality is not 0);
}
