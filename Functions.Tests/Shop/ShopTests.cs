using System.Net;
using Functions.LocalHost;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Shop;

/// <summary>Where there is a shop, and for whom.</summary>
public sealed class ShopTests(TestApplications applications, RedisServers servers)
{
    [Fact]
    public async Task In_Development_there_is_a_shop_with_its_accounts()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var page = await client.GetAsync("shop");
        var accounts = await (await client.GetAsync("shop/accounts")).JsonAsync();

        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (page.StatusCode, page.Header("Content-Type")));
        Assert.Contains("img-src 'self' blob:;", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal(["demo@example.com", "admin@example.com"], accounts.EnumerateArray().Select(account => account.GetProperty("email").GetString()));
        foreach (var account in accounts.EnumerateArray())
        {
            await client.AsAsync(account.GetProperty("email").GetString()!, account.GetProperty("password").GetString()!);
        }
    }

    [Theory]
    [InlineData("Development", "false", false, false)]
    [InlineData("Production", null, false, false)]
    [InlineData("Production", "true", true, false)]
    public async Task Elsewhere_there_is_one_only_if_a_setting_says_so_and_nobody_enters_it_by_a_click(string environment, string? enabled, bool isOpen, bool hasAccounts)
    {
        await using var app = await StartAsync(new() { ["AZURE_FUNCTIONS_ENVIRONMENT"] = environment, ["Shop__Enabled"] = enabled });
        using var client = app.CreateClient();

        using var page = await client.GetAsync("shop");
        using var accounts = await client.GetAsync("shop/accounts");

        if (!isOpen)
        {
            await page.ProblemAsync(HttpStatusCode.NotFound, "No such resource");
            await accounts.ProblemAsync(HttpStatusCode.NotFound, "No such resource");
            return;
        }

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(hasAccounts, (await accounts.JsonAsync()).GetArrayLength() > 0);
    }

    [Theory, InlineData(null, "/api/shop"), InlineData("false", "/api/")]
    public async Task The_root_leads_to_the_first_page_that_there_is(string? enabled, string expected)
    {
        await using var app = await StartAsync(new() { ["Shop__Enabled"] = enabled });
        using var client = app.CreateClient();

        using var response = await client.GetAsync("/");

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.StartsWith(expected, response.Headers.Location?.ToString(), StringComparison.Ordinal);
        Assert.Equal(enabled is null, response.Headers.Location?.ToString() == "/api/shop");
    }

    [Theory]
    [InlineData(null, "Shop api/shop, API api/docs, Console api/console, Health api/health")]
    [InlineData("false", "API api/docs, Console api/console, Health api/health")]
    public async Task The_banner_shows_the_pages_that_there_are(string? enabled, string expected)
    {
        await using var app = await StartAsync(new() { ["Shop__Enabled"] = enabled });
        using var client = app.CreateClient();

        var pages = FrontDoor.Of(app.Services);

        Assert.Equal(expected, string.Join(", ", pages.Select(page => $"{page.Name} {page.Path}")));
        foreach (var (_, path) in pages)
        {
            using var response = await client.GetAsync(path["api/".Length..]);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    private async Task<TestApplication> StartAsync(Dictionary<string, string?> settings) =>
        await applications.StartNewAsync((await servers.GetAsync(RedisKind.Garnet)).ConnectionString, settings);
}
