using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Http.Policies;

/// <summary>An answer with its body, ready to be kept and to be written again.</summary>
/// <param name="Status">The status code.</param>
/// <param name="ContentType">The content type; empty without a body.</param>
/// <param name="Location">The header <c>Location</c>; empty for none.</param>
/// <param name="Body">The body.</param>
public sealed record StoredAnswer(int Status, string ContentType, string Location, ReadOnlyMemory<byte> Body) : IResult
{
    /// <summary>The header <c>ETag</c>; empty for none.</summary>
    public string ETag { get; init; } = "";

    /// <summary>Runs <paramref name="result"/> and keeps what it would have sent.</summary>
    /// <param name="result">What a function returned.</param>
    /// <param name="services">The services of the request.</param>
    public static async Task<StoredAnswer> CaptureAsync(object? result, IServiceProvider services)
    {
        if (result is StoredAnswer stored)
        {
            return stored;
        }

        using var body = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = services };
        http.Response.Body = body;
        await (result as IResult ?? TypedResults.Json(result)).ExecuteAsync(http);
        await http.Response.BodyWriter.FlushAsync();

        var headers = http.Response.Headers;
        return new StoredAnswer(http.Response.StatusCode, http.Response.ContentType ?? "", headers.Location.ToString(), body.ToArray()) { ETag = headers.ETag.ToString() };
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote; the body is a view of <paramref name="bytes"/>, not a copy.</summary>
    public static StoredAnswer Parse(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        var status = BitConverter.ToUInt16(span);
        var offset = sizeof(ushort);
        var contentType = ReadText(span, ref offset);
        var location = ReadText(span, ref offset);
        var etag = ReadText(span, ref offset);
        return new StoredAnswer(status, contentType, location, bytes[offset..]) { ETag = etag };
    }

    /// <summary>The answer as bytes: status, three texts with their lengths, body.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream(Body.Length + 128);
        using var writer = new BinaryWriter(stream);
        writer.Write((ushort)Status);
        WriteText(writer, ContentType);
        WriteText(writer, Location);
        WriteText(writer, ETag);
        writer.Write(Body.Span);
        writer.Flush();
        return stream.ToArray();
    }

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (Location.Length > 0)
        {
            response.Headers.Location = Location;
        }

        if (ETag.Length > 0)
        {
            response.Headers.ETag = ETag;
        }

        if (Body.Length > 0)
        {
            response.ContentType = ContentType;
            response.ContentLength = Body.Length;
            if (Body.Length < UnsentAnswers.SmallestCounted)
            {
                await response.BodyWriter.WriteAsync(Body, httpContext.RequestAborted);
                return;
            }

            using var unsent = httpContext.RequestServices.GetRequiredService<UnsentAnswers>().Hold(httpContext, Body.Length);
            await unsent.WriteAsync(response.BodyWriter, Body, httpContext.RequestAborted);
        }
    }

    private static string ReadText(ReadOnlySpan<byte> bytes, ref int offset)
    {
        var length = BitConverter.ToUInt16(bytes[offset..]);
        var text = Encoding.UTF8.GetString(bytes.Slice(offset + sizeof(ushort), length));
        offset += sizeof(ushort) + length;
        return text;
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ushort)bytes.Length);
        writer.Write(bytes);
    }
}
