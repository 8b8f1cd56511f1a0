using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Servers;

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
        Assert.Equal("PUT", response.Header("Access-Control-Allow-Methods"));
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

    private async Task<TestApplication> StartAsync(params string[] origins) => await TestApplications.StartBesideAsync(
        await applications.GetAsync(RedisKind.Garnet),
        origins.Index().ToDictionary(origin => $"Http__AllowedOrigins__{origin.Index}", origin => (string?)origin.Item));
}
