using System.IO.Compression;
using Functions.Http;
using Microsoft.AspNetCore.Http;

namespace Functions.OpenApi;

/// <summary>A file that is kept and mostly sent as gzip; a client may keep it, and asks each time whether it still holds.</summary>
internal sealed class CompressedFile : IResult
{
    private readonly byte[] _gzip;
    private readonly string _contentType;
    private readonly string? _policy;
    private readonly string _etag;
    private readonly string _plainETag;

    private CompressedFile(byte[] gzip, string contentType, string? policy)
    {
        (_gzip, _contentType, _policy) = (gzip, contentType, policy);
        _etag = EntityTag.Of(gzip);
        _plainETag = $"{_etag[..^1]}-plain\""; // Other bytes, another tag.
    }

    /// <summary>A file of these bytes, which are compressed already.</summary>
    public static CompressedFile OfGzip(byte[] gzip, string contentType, string? policy = null) => new(gzip, contentType, policy);

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var (request, response) = (httpContext.Request, httpContext.Response);
        var isCompressed = request.GetTypedHeaders().AcceptEncoding.Any(encoding => encoding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && encoding.Quality is not 0);
        var etag = isCompressed ? _etag : _plainETag;
        response.Headers.ETag = etag;
        response.Headers.CacheControl = "public, no-cache";
        response.Headers.AddVary("Accept-Encoding");
        if (_policy is not null)
        {
            response.Headers.ContentSecurityPolicy = _policy;
        }

        var conditions = Preconditions.Of(request);
        if (!conditions.IsMatch(etag))
        {
            await Problems.PreconditionFailed().ExecuteAsync(httpContext);
            return;
        }

        if (!conditions.IsNoneMatch(etag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = _contentType;
        if (isCompressed)
        {
            response.Headers.ContentEncoding = "gzip";
            response.ContentLength = _gzip.Length;
        }

        if (HttpMethods.IsHead(request.Method))
        {
            return;
        }

        if (isCompressed)
        {
            await response.Body.WriteAsync(_gzip, httpContext.RequestAborted);
            return;
        }

        await using var plain = new GZipStream(new MemoryStream(_gzip), CompressionMode.Decompress);
        await plain.CopyToAsync(response.Body, httpContext.RequestAborted);
    }
}
