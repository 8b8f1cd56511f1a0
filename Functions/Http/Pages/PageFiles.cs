using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Pages;

/// <summary>
/// The files of the built-in pages, embedded as <c>Pages/{folder}/{file}</c>. A function answers with a page; what the page loads lies at
/// <c>/api/assets/{folder}/{file}</c> and is named relative to the page, so that it works behind any prefix.
/// </summary>
public sealed class PageFiles
{
    private const string Root = "Pages/";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".json"] = "application/json; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".txt"] = "text/plain; charset=utf-8",
        [".LICENSE"] = "text/plain; charset=utf-8",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, ReadOnlyMemory<byte>> _files;

    /// <summary>Reads them once.</summary>
    /// <exception cref="InvalidOperationException">A file has a kind that browsers are not told about here.</exception>
    public PageFiles()
    {
        var assembly = typeof(PageFiles).Assembly;
        _files = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Root, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Root.Length..], name => Read(assembly, name));
        if (_files.Keys.FirstOrDefault(name => !ContentTypes.ContainsKey(Path.GetExtension(name))) is { } unknown)
        {
            throw new InvalidOperationException($"The embedded file '{Root}{unknown}' has no content type.");
        }
    }

    /// <summary>The names of all files, each as <c>{folder}/{file}</c>.</summary>
    public IReadOnlyCollection<string> Names => _files.Keys;

    /// <summary>A page, to be answered by the function whose address it has.</summary>
    /// <param name="name">Its file, as <c>{folder}/{file}</c>.</param>
    /// <param name="images">Where images may come from beside the application, such as <c>blob:</c>.</param>
    public IResult Page(string name, string images = "") => new PageFile(_files[name], ContentTypes[".html"])
    {
        // It runs files of the application and nothing else, no inline script or style either, and talks to nobody but the application.
        ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'; style-src 'self'; img-src {$"'self' {images}".TrimEnd()}; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    };

    /// <summary>What a page loads; null if there is no such file. Pages themselves have addresses of their own.</summary>
    public IResult? Asset(string folder, string file) =>
        !file.EndsWith(".html", StringComparison.Ordinal) && _files.TryGetValue($"{folder}/{file}", out var content)
            ? new PageFile(content, ContentTypes[Path.GetExtension(file)])
            : null;

    private static ReadOnlyMemory<byte> Read(Assembly assembly, string name)
    {
        using var resource = assembly.GetManifestResourceStream(name)!;
        using var content = new MemoryStream();
        resource.CopyTo(content);
        return content.ToArray();
    }
}
