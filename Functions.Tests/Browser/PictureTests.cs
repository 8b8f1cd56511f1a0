using Functions.Data;
using Functions.LocalHost;
using Functions.Tests.Application;
using Functions.Tests.Browser.Shop;
using Functions.Tests.Tasks;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Functions.Tests.Browser;

/// <summary>The pictures of the README: what they show is there, and with <see cref="WriteVariable"/> set to 1 they are taken anew.</summary>
public sealed class PictureTests(TaskApplication application, Browsers browsers)
{
    private const string WriteVariable = "WRITE_PICTURES";

    private static readonly BrowserView View = new(1360, 800, ColorScheme.Light);

    [Fact]
    public async Task The_shop_shows_a_price_that_has_just_changed_and_a_message_that_has_just_come()
    {
        var app = await application.GetAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        await admin.PutAsync("products/101", new { price = 129 });
        await using var tab = await (await browsers.OpenShopAsync(app, view: View)).AsDemoAsync();
        var user = await tab.Page.EvaluateAsync<int>("() => JSON.parse(sessionStorage.getItem('shop.session')).id");
        await tab.ShowAsync(ShopTab.Product(101));
        await Expect(tab.Page.Locator("#price")).ToHaveTextAsync("€129.00");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Load again" }).ClickAsync();
        await Expect(tab.Told("/products/101")).ToContainTextAsync("cache hit");

        await admin.PutAsync("products/101", new { price = 99 });
        await Expect(tab.Page.Locator("#price")).ToHaveTextAsync("€99.00");
        await admin.PostAsync("messages", new { recipient_id = user, content = "The kettle is cheaper as of now." });
        await Expect(tab.Page.Locator(".toast")).ToContainTextAsync($"Message from {DemoData.AdminName}");

        await TakeAsync(tab, "shop");
    }

    private static async Task TakeAsync(BrowserTab tab, string name)
    {
        tab.AssertQuiet();
        var path = Path.Combine(LocalConfiguration.FindRoot(), "docs", "images", $"{name}.png");
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            await tab.Page.ScreenshotAsync(new PageScreenshotOptions { Path = path, Caret = ScreenshotCaret.Hide });
        }

        Assert.True(File.Exists(path), $"There is no {path}: run this test with {WriteVariable}=1.");
    }
}
