using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

public sealed class SecurityHeadersTests(TestApplications applications)
{
    [Theory]
    [InlineData("health")]
    [InlineData("health/live")]
    [InlineData("products/1")]
    [InlineData("products/999999999")]
    [InlineData("products/1?limit=x")]
    [InlineData("search")]
    [InlineData("profile")]
    [InlineData("nothing/here")]
    public async Task Every_answer_tells_browsers_to_make_nothing_else_of_it(string path)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var response = await client.GetAsync(path);

        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", response.Header("Content-Security-Policy"));
        Assert.Equal("no-referrer", response.Header("Referrer-Policy"));
        Assert.NotNull(response.Header("Cache-Control"));
        Assert.Null(response.Header("Server"));
        Assert.Null(response.Header("X-Powered-By"));
    }
}
