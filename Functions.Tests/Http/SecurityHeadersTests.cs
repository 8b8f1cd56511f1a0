using Functions.Http;
using Functions.Http.Policies;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

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

    [Theory]
    [InlineData("Production", "https", "max-age=31536000")]
    [InlineData("Staging", "http, https", "max-age=31536000")]
    [InlineData("Production", "http", "")]
    [InlineData("Production", "https, http", "")]
    [InlineData("Development", "https", "")]
    public async Task Browsers_are_told_to_come_by_https_only_over_https_and_not_in_Development(string environment, string scheme, string expected)
    {
        var policy = new SecurityHeadersPolicy(new ClientAddress(new HttpOptions { TrustedProxyHops = 1 }), new HostingEnvironment { EnvironmentName = environment });
        var http = new DefaultHttpContext();
        http.Request.Headers["X-Forwarded-Proto"] = scheme;

        await policy.InvokeAsync(new HttpInvocation(http, RouteTests.Catalog.All[0]), () => Task.FromResult<object?>(null));

        Assert.Equal(expected, http.Response.Headers.StrictTransportSecurity.ToString());
    }

    [Theory]
    [InlineData("health/live")]
    [InlineData("profile")]
    [InlineData("nothing/here")]
    public async Task A_production_application_says_so_on_errors_too(string path)
    {
        await using var app = await TestApplications.StartBesideAsync(
            await applications.GetAsync(RedisKind.Garnet), new Dictionary<string, string?> { ["AZURE_FUNCTIONS_ENVIRONMENT"] = Environments.Production });
        using var client = app.CreateClient();

        using var response = await client.SendAsync(HttpMethod.Get, path, null, ("X-Forwarded-Proto", "https"));

        Assert.Equal("max-age=31536000", response.Header("Strict-Transport-Security"));
    }
}
