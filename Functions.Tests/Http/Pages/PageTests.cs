using System.Net;
using System.Text.RegularExpressions;
using Functions.Http.Pages;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Tests.Http.Pages;

/// <summary>The built-in pages: files that are embedded.</summary>
public sealed partial class PageTests(TestApplications applications)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    private static readonly PageFiles Files = new();

    public static TheoryData<string> Assets => [.. Files.Names.Where(name => !name.EndsWith(".html", StringComparison.Ordinal))];

    [Fact]
    public async Task A_page_may_load_files_of_the_application_and_nothing_else()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var response = await client.GetAsync("password/reset");

        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (response.StatusCode, response.Header("Content-Type")));
        Assert.Equal(("no-referrer", "no-cache", "nosniff"), (response.Header("Referrer-Policy"), response.Header("Cache-Control"), response.Header("X-Content-Type-Options")));
        Assert.Equal(Policy, response.Header("Content-Security-Policy"));
    }

    [Theory, MemberData(nameof(Assets))]
    public async Task A_file_is_sent_once_and_then_only_if_it_has_changed(string name)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var first = await client.GetAsync($"assets/{name}");
        using var second = await client.SendAsync(HttpMethod.Get, $"assets/{name}", null, ("If-None-Match", first.Header("ETag")!));
        using var changed = await client.SendAsync(HttpMethod.Get, $"assets/{name}", null, ("If-None-Match", "\"another\""));

        Assert.Equal((HttpStatusCode.OK, "no-cache", "nosniff"), (first.StatusCode, first.Header("Cache-Control"), first.Header("X-Content-Type-Options")));
        Assert.Equal(name[name.LastIndexOf('.')..] switch { ".js" => "text/javascript", ".css" => "text/css", ".svg" => "image/svg+xml", _ => "text/plain" }, first.Content.Headers.ContentType?.MediaType);
        Assert.Equal((HttpStatusCode.NotModified, first.Header("ETag"), ""), (second.StatusCode, second.Header("ETag"), await second.TextAsync()));
        Assert.Equal((HttpStatusCode.OK, await first.TextAsync()), (changed.StatusCode, await changed.TextAsync()));
    }

    [Theory, InlineData("account/nothing.js"), InlineData("account/reset.html"), InlineData("nothing/page.js"), InlineData("account/..%2Fpage.js")]
    public async Task What_is_no_file_of_a_page_is_not_found(string name)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        await (await client.GetAsync($"assets/{name}")).ProblemAsync(HttpStatusCode.NotFound, "No such resource");
    }

    [Fact]
    public async Task With_a_slash_at_its_end_the_address_leads_to_the_page()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var response = await client.GetAsync("password/reset/?a=b");

        Assert.Equal((HttpStatusCode.PermanentRedirect, "../reset?a=b"), (response.StatusCode, response.Header("Location")));
    }

    [Fact]
    public void Pages_have_no_script_or_style_inside_and_name_files_that_are_there()
    {
        var pages = Files.Names.Where(name => name.EndsWith(".html", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(pages);
        Assert.All(pages, name =>
        {
            using var resource = typeof(PageFiles).Assembly.GetManifestResourceStream($"Pages/{name}")!;
            var html = new StreamReader(resource).ReadToEnd();
            Assert.DoesNotMatch(Inline(), html);
            var links = Link().Matches(html).Select(match => match.Groups["link"].Value).ToList();
            Assert.NotEmpty(links);
            Assert.All(links, link => Assert.Contains(link[(link.IndexOf("assets/", StringComparison.Ordinal) + "assets/".Length)..], Files.Names));
        });
    }

    [GeneratedRegex("<[^>]+ (on[a-z]+|style)=|<style|<script(?![^>]* src=)")]
    private static partial Regex Inline();

    [GeneratedRegex("(?:src|href)=\"(?<link>[^\"#]+)\"")]
    private static partial Regex Link();
}
