using System.Net;
using Functions.Http;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Http;

namespace Functions.Tests.Http;

public sealed class CrossOriginTests(TestApplications applications)
{
    private const string Shop = "https://shop.example";

    [Fact]
    public async Task A_page_of_an_allowed_origin_may_read_answers_and_their_headers()
    {
        await using var app = await StartAsync(Shop, "http://localhost:3000");
        using var client = app.CreateClient();

        using var response = await client.SendAsync(HttpMethod.Get, "health/live", null, ("Origin", Shop));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Shop, response.Header("Access-Control-Allow-Origin"));
        Assert.Contains("X-RateLimit-Remaining", response.Header("Access-Control-Expose-Headers"), StringComparison.Ordinal);
        Assert.Equal("Origin", response.Header("Vary"));
        Assert.Null(response.Header("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Errors_can_be_read_too()
    {
        await using var app = await StartAsync(Shop);
        using var client = app.CreateClient();

        using var response = await client.SendAsync(HttpMethod.Get, "profile", null, ("Origin", Shop));

        await response.ProblemAsync(HttpStatusCode.Unauthorized);
        Assert.Equal(Shop, response.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_preflight_request_is_answered_for_the_function_that_is_meant()
    {
        await using var app = await StartAsync(Shop);
        using var client = app.CreateClient();

        using var response = await client.SendAsync(
            HttpMethod.Options, "products/1", null,
            ("Origin", Shop), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-session-id,content-type"));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(Shop, response.Header("Access-Control-Allow-Origin"));
        Assert.Equal("DELETE,GET,HEAD,PUT", response.Header("Access-Control-Allow-Methods"));
        Assert.Equal("x-session-id,content-type", response.Header("Access-Control-Allow-Headers"));
        Assert.Equal("600", response.Header("Access-Control-Max-Age"));
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("https://shop.example.evil.example")]
    [InlineData("http://shop.example")]
    [InlineData("null")]
    public async Task A_page_of_another_origin_may_not(string origin)
    {
        await using var app = await StartAsync(Shop);
        using var client = app.CreateClient();

        using var response = await client.SendAsync(HttpMethod.Get, "health/live", null, ("Origin", origin));

        Assert.Null(response.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Without_the_setting_no_origin_is_allowed()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var response = await client.SendAsync(HttpMethod.Get, "health/live", null, ("Origin", Shop));

        Assert.Null(response.Header("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("GET", "health/live", "Origin")]
    [InlineData("HEAD", "health/live", "Origin")]
    [InlineData("GET", "products/1", "Origin")]
    [InlineData("GET", "users/1", "Origin, X-Session-ID, Cookie")]
    [InlineData("GET", "profile", "Origin, X-Session-ID, Cookie")]
    [InlineData("DELETE", "products/1", "Origin, X-Session-ID, Cookie")]
    [InlineData("GET", "products?limit=x", "Origin")]
    [InlineData("GET", "nothing", "Origin")]
    [InlineData("PATCH", "health", "Origin")]
    public async Task What_depends_on_the_origin_says_so_whether_there_is_one_or_not(string method, string path, string vary)
    {
        await using var app = await StartAsync(Shop);
        await using var open = await StartAsync("*");
        foreach (var instance in new[] { app, open })
        {
            using var client = instance.CreateClient();

            using var without = await client.SendAsync(new HttpMethod(method), path, null);
            using var allowed = await client.SendAsync(new HttpMethod(method), path, null, ("Origin", Shop));
            using var other = await client.SendAsync(new HttpMethod(method), path, null, ("Origin", "https://other.example"));

            Assert.All([without, allowed, other], response => Assert.Equal(vary, response.Header("Vary")));
        }
    }

    [Fact]
    public async Task What_was_not_modified_varies_as_what_was()
    {
        await using var app = await StartAsync(Shop);
        using var client = app.CreateClient();
        var etag = (await client.GetAsync("users/1")).Header("ETag")!;

        using var response = await client.SendAsync(HttpMethod.Get, "users/1", null, ("If-None-Match", etag));

        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
        Assert.Equal("Origin, X-Session-ID, Cookie", response.Header("Vary"));
    }

    [Fact]
    public async Task A_preflight_varies_by_what_it_asks_and_lists_HEAD()
    {
        await using var app = await StartAsync(Shop, "http://localhost:3000");
        using var client = app.CreateClient();

        using var response = await client.SendAsync(
            HttpMethod.Options, "products", null, ("Origin", Shop), ("Access-Control-Request-Method", "HEAD"), ("Access-Control-Request-Headers", "x-session-id"));

        Assert.Equal("GET,HEAD,POST", response.Header("Access-Control-Allow-Methods"));
        Assert.Equal("Origin, Access-Control-Request-Method, Access-Control-Request-Headers", response.Header("Vary"));
    }

    [Theory]
    [InlineData("health/live", null)]
    [InlineData("profile", "X-Session-ID, Cookie")]
    public async Task Without_the_setting_nothing_depends_on_the_origin(string path, string? vary)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var response = await client.SendAsync(HttpMethod.Get, path, null, ("Origin", Shop));

        Assert.Equal(vary, response.Header("Vary"));
    }

    [Fact]
    public void What_stands_in_Vary_stays()
    {
        IHeaderDictionary headers = new HeaderDictionary { ["Vary"] = "Accept-Encoding, origin" };

        headers.AddVary("Origin", "Cookie");

        Assert.Equal("Accept-Encoding, origin, Cookie", headers.Vary.ToString());
    }

    private async Task<TestApplication> StartAsync(params string[] origins) => await TestApplications.StartBesideAsync(
        await applications.GetAsync(RedisKind.Garnet),
        origins.Index().ToDictionary(origin => $"Http__AllowedOrigins__{origin.Index}", origin => (string?)origin.Item));
}
