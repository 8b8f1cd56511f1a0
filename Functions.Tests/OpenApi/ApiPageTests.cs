using System.IO.Compression;
using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.OpenApi;

/// <summary>The document and its page, as clients get them.</summary>
public sealed class ApiPageTests(TestApplications applications)
{
    [Theory, InlineData("openapi.json", "application/json"), InlineData("assets/openapi/scalar.js", "text/javascript")]
    public async Task A_large_file_is_sent_as_gzip_to_those_who_take_it(string path, string contentType)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var plain = await client.GetAsync(path);
        using var compressed = await client.SendAsync(HttpMethod.Get, path, null, ("Accept-Encoding", "br, gzip"));
        using var refused = await client.SendAsync(HttpMethod.Get, path, null, ("Accept-Encoding", "gzip;q=0"));
        using var head = await client.SendAsync(HttpMethod.Head, path, null, ("Accept-Encoding", "gzip"));
        using var again = await client.SendAsync(HttpMethod.Get, path, null, ("Accept-Encoding", "gzip"), ("If-None-Match", compressed.Header("ETag")!));

        var bytes = await compressed.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        await using var unpacked = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked);
        Assert.Equal(await plain.TextAsync(), await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("gzip", "Accept-Encoding", "no-cache"), (compressed.Header("Content-Encoding"), compressed.Header("Vary"), compressed.Header("Cache-Control")));
        Assert.Equal((contentType, (string?)null, (string?)null), (plain.Content.Headers.ContentType?.MediaType, plain.Header("Content-Encoding"), refused.Header("Content-Encoding")));
        Assert.NotEqual(plain.Header("ETag"), compressed.Header("ETag"));
        Assert.Equal(plain.Header("ETag"), refused.Header("ETag"));
        Assert.Equal((HttpStatusCode.OK, bytes.Length, compressed.Header("ETag")), (head.StatusCode, (int?)head.Content.Headers.ContentLength, head.Header("ETag")));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task The_page_runs_scripts_of_the_application_only()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var page = await client.GetAsync("docs");

        var policy = page.Header("Content-Security-Policy")!;
        Assert.Contains("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("connect-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        using var slash = await client.GetAsync("docs/");
        Assert.Equal((HttpStatusCode.PermanentRedirect, "../docs"), (slash.StatusCode, slash.Header("Location")));
    }
}
