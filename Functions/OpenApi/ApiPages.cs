using System.Collections.Frozen;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Scalar.AspNetCore;

namespace Functions.OpenApi;

/// <summary>The OpenAPI document and the page over it: Scalar, whose script comes with its package, so that nothing is loaded from elsewhere.</summary>
public sealed class ApiPages
{
    // Scalar sets inline styles, and keeps its icons and downloads in data and blob addresses. Scripts are files of this application only, and requests go nowhere else.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly FrozenDictionary<string, CompressedFile> _scripts = new Dictionary<string, CompressedFile>
    {
        ["start.js"] = Own("Pages/start.js", "text/javascript; charset=utf-8"),
        ["scalar.js"] = CompressedFile.OfGzip(Read(typeof(ScalarOptions), "ScalarStaticAssets.scalar.js"), "text/javascript; charset=utf-8"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The document.</summary>
    public IResult Document { get; } = Own("openapi.json", "application/json; charset=utf-8");

    /// <summary>The page.</summary>
    public IResult Page { get; } = Own("Pages/docs.html", "text/html; charset=utf-8", Policy);

    /// <summary>A script of the page, or null if it has none of this name.</summary>
    public IResult? FindScript(string name) => _scripts.GetValueOrDefault(name);

    private static CompressedFile Own(string name, string contentType, string? policy = null)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(Read(typeof(ApiPages), $"OpenApi/{name}"));
        }

        return CompressedFile.OfGzip(compressed.ToArray(), contentType, policy);
    }

    private static byte[] Read(Type assembly, string name)
    {
        using var resource = assembly.Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"'{name}' is not embedded.");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }
}
