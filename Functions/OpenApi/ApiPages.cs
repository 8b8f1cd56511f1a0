using Functions.Http.Pages;
using Microsoft.AspNetCore.Http;

namespace Functions.OpenApi;

/// <summary>The OpenAPI document and the page over it, which is Scalar's.</summary>
public sealed class ApiPages(PageFiles files)
{
    // Scalar sets styles in the page, and shows icons and downloads by data and blob addresses. Scripts are files of the application only, and requests go nowhere else.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The document.</summary>
    public IResult Document { get; } = PageFile.Compressed(Read("OpenApi/openapi.json"), "application/json; charset=utf-8");

    /// <summary>The page.</summary>
    public IResult Page { get; } = files.ForeignPage("openapi/docs.html", Policy);

    private static byte[] Read(string name)
    {
        using var resource = typeof(ApiPages).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"'{name}' is not embedded.");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }
}
