using Functions.Data;
using Functions.LocalHost;
using Functions.Tests.Application;
using Functions.Tests.Browser.Shop;
using Functions.Tests.Servers;
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

    [Fact]
    public async Task The_console_shows_what_the_application_has_been_doing()
    {
        var app = await application.GetAsync();
        await UseAsync(app, IsWriting ? TimeSpan.FromMinutes(6) : TimeSpan.Zero);
        await using var tab = await browsers.OpenAsync(app.Address, "console", View);
        await tab.Page.GetByLabel("E-mail address").FillAsync(DemoData.AdminEmail);
        await tab.Page.GetByLabel("Password").FillAsync(DemoData.AdminPassword);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await tab.Page.GetByText("15 min", new() { Exact = true }).ClickAsync();

        await Expect(tab.Page.GetByText("Cache hit rate")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("1 instance")).ToBeVisibleAsync();

        if (IsWriting)
        {
            // The first checks after a start are slow, and so is a machine that does something else.
            await TestPolling.EventuallyAsync(
                async () => (await tab.Page.Locator(".check-value").AllInnerTextsAsync()).All(text => !text.EndsWith(" ms", StringComparison.Ordinal) || text.IndexOf('.', StringComparison.Ordinal) <= 2),
                TimeSpan.FromMinutes(3),
                "checks below 100 ms");
        }

        await TakeAsync(tab, "console");
    }

    // Readers, searches, one client that asks too often, and reports; in waves, so that the charts have something to show.
    private static async Task UseAsync(TestApplication app, TimeSpan duration)
    {
        var begun = TimeProvider.System.GetTimestamp();
        using var user = await app.CreateClient().AsNewUserAsync();
        using var eager = app.CreateClient();
        for (var round = 0; round == 0 || TimeProvider.System.GetElapsedTime(begun) < duration; round++)
        {
            using var reader = app.CreateClient();
            for (var i = 0; i < 12 + (round * 7 % 25); i++)
            {
                (await reader.GetAsync($"products/{1 + (i * i * round % 60)}")).Dispose();
                (await eager.GetAsync("products/1")).Dispose();
            }

            (await reader.GetAsync("search?q=oak+kettel")).Dispose();
            await user.EndOfAsync(await user.PostAsync("reports", new { type = "sales", date_range = new { from = "2026-01-01", to = "2026-12-31" } }));
            if (duration > TimeSpan.Zero)
            {
                await Task.Delay(TimeSpan.FromSeconds(1 + (round % 4)), TestContext.Current.CancellationToken);
            }
        }
    }

    private static bool IsWriting => Environment.GetEnvironmentVariable(WriteVariable) == "1";

    private static async Task TakeAsync(BrowserTab tab, string name)
    {
        tab.AssertQuiet();
        var path = Path.Combine(LocalConfiguration.FindRoot(), "docs", "images", $"{name}.png");
        if (IsWriting)
        {
            await tab.Page.ScreenshotAsync(new PageScreenshotOptions { Path = path, Caret = ScreenshotCaret.Hide });
        }

        Assert.True(File.Exists(path), $"There is no {path}: run this test with {WriteVariable}=1.");
    }
}
