using System.Text.Json;
using Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Functions.Shop;

/// <summary>The files of the shop.</summary>
public sealed class ShopPages
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    private readonly Dictionary<string, (byte[] Body, string Type, string ETag)> _files = new(StringComparer.Ordinal);

    public ShopPages(ShopOptions options, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(options);
        IsOpen = options.Enabled ?? environment.IsDevelopment();
        var assembly = typeof(ShopPages).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("Shop/Pages/", StringComparison.Ordinal)))
        {
            using var memory = new MemoryStream();
            using var stream = assembly.GetManifestResourceStream(name)!;
            stream.CopyTo(memory);
            var body = memory.ToArray();
            var file = name["Shop/Pages/".Length..];
            if (file == "index.html")
            {
                var accounts = environment.IsDevelopment() ? JsonSerializer.Serialize(DemoAccount.All, JsonSerializerOptions.Web) : "[]";
                body = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(body).Replace("{accounts}", accounts, StringComparison.Ordinal));
            }

            _files[file] = (body, Path.GetExtension(file) switch { ".css" => "text/css", ".js" => "text/javascript", ".svg" => "image/svg+xml", _ => "text/html; charset=utf-8" }, EntityTag.Of(body));
        }
    }

    /// <summary>Whether the shop is served at all.</summary>
    public bool IsOpen { get; }

    public IResult Find(string name, HttpRequest request)
    {
        if (!IsOpen || !_files.TryGetValue(name, out var file))
        {
            return Problems.NotFound("No such resource");
        }

        request.HttpContext.Response.Headers.ContentSecurityPolicy = Policy;
        request.HttpContext.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Bytes(file.Body, file.Type, entityTag: Microsoft.Net.Http.Headers.EntityTagHeaderValue.Parse(file.ETag));
    }
}
