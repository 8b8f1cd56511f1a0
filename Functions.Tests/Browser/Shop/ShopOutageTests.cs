using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Functions.Tests.Browser.Shop;

/// <summary>The shop while what it needs goes away and comes back.</summary>
public sealed class ShopOutageTests(TestApplications applications, Browsers browsers)
{
    private const string RedisAway = "Redis does not answer.";
    private const string BackendAway = "The backend does not answer.";
    private const string Restored = "Everything is there again.";

    [Fact]
    public async Task Redis_stops_and_starts_and_the_page_says_so_and_goes_on_by_itself()
    {
        RedisAvailability.RequireRedisServer();
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendAlways);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        await using var tab = await (await browsers.OpenShopAsync(app)).AsDemoAsync();
        var banner = tab.Page.Locator("#connection");

        await redis.StopAsync();
        await tab.ShowAsync(ShopTab.Product(1));
        await Expect(banner).ToContainTextAsync(RedisAway);
        await Expect(tab.Page.Locator("#price")).ToBeVisibleAsync(); // Products come from PostgreSQL.
        await tab.ShowAsync(ShopTab.Account);
        await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The backend cannot reach one of its servers.");
        await tab.AssertAccessibleAsync();
        await tab.ScreenshotAsync("shop-outage");
        await redis.StartAsync();

        await Expect(banner).ToContainTextAsync(Restored);
        await Expect(tab.Page.Locator(".sessions li")).ToHaveCountAsync(1); // It was asked for again, and the session is still there.
        await Expect(tab.Page.Locator("#live")).ToHaveTextAsync("Live");
        using var admin = await app.CreateClient().AsAdminAsync();
        await admin.PutAsync("products/1", new { price = 77.7 });
        await Expect(tab.Told("product_updated")).ToBeVisibleAsync();
        tab.Expect("503");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_backend_that_dies_is_told_and_events_of_the_meantime_arrive_when_it_is_back()
    {
        await using var redis = await GarnetRedis.StartNewAsync();
        await using var first = await applications.StartNewAsync(redis.ConnectionString);
        await using var proxy = TcpProxy.Start(new IPEndPoint(IPAddress.Loopback, first.Address.Port));
        await using var tab = await browsers.OpenAsync(new Uri($"http://{proxy.Endpoint}"), "shop");
        await tab.AsDemoAsync();
        await tab.ShowAsync(ShopTab.Product(2));
        await Expect(tab.Page.Locator("#price")).ToBeVisibleAsync();

        proxy.RefuseConnections();
        proxy.CutConnections();
        await Expect(tab.Page.Locator("#live")).ToHaveTextAsync("Connecting…");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Load again" }).ClickAsync();
        await Expect(tab.Page.Locator("#connection")).ToContainTextAsync(BackendAway);
        using var admin = await first.CreateClient().AsAdminAsync();
        await admin.PutAsync("products/2", new { price = 88.8 });
        proxy.Resume();

        await Expect(tab.Page.Locator("#connection")).ToContainTextAsync(Restored);
        await Expect(tab.Page.Locator("#live")).ToHaveTextAsync("Live");
        await Expect(tab.Told("product_updated")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("#price")).ToHaveTextAsync("€88.80");
        tab.Expect("Failed to load resource");
        tab.Expect("ERR_");
        tab.AssertQuiet();
    }
}
