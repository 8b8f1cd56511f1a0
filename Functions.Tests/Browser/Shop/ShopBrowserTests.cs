using System.Text.RegularExpressions;
using Functions.Data;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Functions.Tests.Tasks;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Functions.Tests.Browser.Shop;

/// <summary>The demo shop, as people use it in one window and in two.</summary>
public sealed partial class ShopBrowserTests(TaskApplication application, TestApplications applications, Browsers browsers)
{
    [Fact]
    public async Task A_price_that_an_administrator_changes_changes_in_the_other_window()
    {
        var app = await application.GetAsync();
        var id = await NewProductAsync(app, "Watched lamp", 10);
        await using var watching = await (await browsers.OpenShopAsync(app)).AsDemoAsync();
        await using var changing = await (await browsers.OpenShopAsync(app)).AsDemoAsync(DemoData.AdminName);
        await watching.ShowAsync(ShopTab.Product(id));
        await changing.ShowAsync(ShopTab.Product(id));
        await Expect(watching.Page.Locator("#price")).ToHaveTextAsync("€10.00");
        await Expect(watching.Page.GetByLabel("New price in euros")).ToHaveCountAsync(0);

        await changing.Page.GetByLabel("New price in euros").FillAsync("12.50");
        await changing.Page.GetByRole(AriaRole.Button, new() { Name = "Change the price" }).ClickAsync();

        await Expect(watching.Page.Locator("#price")).ToHaveTextAsync("€12.50");
        await Expect(watching.Page.GetByText("The price changed just now, from €10.00 to €12.50.")).ToBeVisibleAsync();
        await Expect(watching.Told("product_updated")).ToContainTextAsync($"Product {id}: price changed.");
        await Expect(changing.Page.Locator("#price")).ToHaveTextAsync("€12.50");
        watching.AssertQuiet();
        changing.AssertQuiet();
    }

    [Fact]
    public async Task A_price_in_a_list_changes_too()
    {
        var app = await application.GetAsync();
        var name = $"Listed {Unique.Name()}";
        var id = await NewProductAsync(app, name, 10);
        using var admin = await app.CreateClient().AsAdminAsync();
        await using var tab = await (await browsers.OpenShopAsync(app)).AsDemoAsync();
        await tab.Page.GetByLabel("Search products").FillAsync(name);
        var card = tab.Page.GetByRole(AriaRole.Link, new() { Name = name });
        await Expect(card).ToContainTextAsync("€10.00");

        await admin.PutAsync($"products/{id}", new { price = 11 });

        await Expect(card).ToContainTextAsync("€11.00");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_price_that_somebody_else_has_changed_meanwhile_is_not_overwritten()
    {
        var app = await application.GetAsync();
        var id = await NewProductAsync(app, "Contended lamp", 10);
        using var admin = await app.CreateClient().AsAdminAsync();
        await using var tab = await (await browsers.OpenShopAsync(app)).AsDemoAsync(DemoData.AdminName);
        await tab.Page.RouteAsync("**/api/events", route => route.AbortAsync()); // It does not hear of the change.
        await tab.Page.ReloadAsync();
        await tab.ShowAsync(ShopTab.Product(id));
        await tab.Page.GetByLabel("New price in euros").FillAsync("12.50");

        await admin.PutAsync($"products/{id}", new { price = 30 });
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Change the price" }).ClickAsync();

        await Expect(tab.Page.GetByText("Somebody else has changed the product meanwhile.")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("#price")).ToHaveTextAsync("€30.00");
    }

    [Fact]
    public async Task A_message_pops_up_where_its_recipient_is_and_is_answered_there()
    {
        var app = await application.GetAsync();
        using var ada = await app.CreateClient().AsNewUserAsync();
        using var bob = await app.CreateClient().AsNewUserAsync();
        await using var adas = await (await browsers.OpenShopAsync(app)).AsAsync(ada);
        await using var bobs = await (await browsers.OpenShopAsync(app)).AsAsync(bob);

        await adas.ShowAsync($"{ShopTab.Messages}/{bob.UserId}");
        await adas.Page.GetByLabel("Message to Test User").FillAsync("Hello <b>Bob</b>");
        await adas.PressAsync("Enter");

        await Expect(bobs.Page.Locator(".toast")).ToContainTextAsync("Message from Test User");
        await Expect(bobs.Page.Locator(".toast")).ToContainTextAsync("Hello <b>Bob</b>");
        await Expect(bobs.Page.Locator("#unread")).ToHaveTextAsync(" 1");
        await bobs.Page.GetByRole(AriaRole.Link, new() { Name = "Read", Exact = true }).ClickAsync();
        await bobs.Page.GetByLabel("Message to Test User").FillAsync("Hello Ada");
        await bobs.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Expect(adas.Page.Locator(".theirs p")).ToHaveTextAsync("Hello Ada");
        await Expect(bobs.Page.Locator("#unread")).ToBeHiddenAsync();
        adas.AssertQuiet();
        bobs.AssertQuiet();
    }

    [Fact]
    public async Task A_report_shows_how_far_it_is_and_is_downloaded()
    {
        var app = await application.GetAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        await using var tab = await (await browsers.OpenShopAsync(app)).AsAsync(user);
        await tab.ShowAsync(ShopTab.Reports);
        await Expect(tab.Page.GetByText("No reports yet")).ToBeVisibleAsync();

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Request the report" }).ClickAsync();

        await Expect(tab.Page.GetByText("Done", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Progressbar)).ToHaveAttributeAsync("value", "100");
        var download = await tab.Page.RunAndWaitForDownloadAsync(() => tab.Page.GetByRole(AriaRole.Button, new() { Name = "Download report.csv" }).ClickAsync());
        Assert.Equal("report.csv", download.SuggestedFilename);
        Assert.Contains("product", await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        await Expect(tab.Told("generate_report")).ToContainTextAsync("succeeded");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_picture_gets_thumbnails()
    {
        var app = await application.GetAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        await using var tab = await (await browsers.OpenShopAsync(app)).AsAsync(user);
        await tab.ShowAsync(ShopTab.Images);

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Use a sample picture" }).ClickAsync();

        await Expect(tab.Page.GetByText("128 × 85", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("512 × 341", new() { Exact = true })).ToBeVisibleAsync();
        tab.AssertQuiet();

        await tab.Page.Locator("#file").SetInputFilesAsync(new FilePayload { Name = "notes.txt", MimeType = "text/plain", Buffer = "no picture"u8.ToArray() });
        await Expect(tab.Page.GetByText("This is no PNG, JPEG or WebP picture.")).ToBeVisibleAsync();
        await tab.Page.Locator("#file").SetInputFilesAsync(new FilePayload { Name = "broken.png", MimeType = "image/png", Buffer = "no picture"u8.ToArray() });
        await Expect(tab.Page.GetByText("The body is not an image of the type image/png.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Who_logs_out_everywhere_is_signed_out_in_the_other_window()
    {
        var app = await application.GetAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        await using var here = await (await browsers.OpenShopAsync(app)).AsAsync(user);
        await using var there = await (await browsers.OpenShopAsync(app)).AsAsync(user);
        await here.ShowAsync(ShopTab.Account);
        await Expect(here.Page.Locator(".sessions li")).ToHaveCountAsync(3);

        await here.Page.GetByRole(AriaRole.Button, new() { Name = "Log out everywhere" }).ClickAsync();

        await Expect(here.Page.GetByText("You are signed out everywhere: 3 sessions closed")).ToBeVisibleAsync();
        await Expect(there.Page.GetByText("You were signed out: this session was closed somewhere else, or has expired.")).ToBeVisibleAsync();
        await Expect(there.Page.Locator("#live")).ToHaveTextAsync("Not live");
        there.Expect("401"); // That is how it learnt of it.
        here.AssertQuiet();
        there.AssertQuiet();
    }

    [Fact]
    public async Task The_panel_tells_a_hit_from_a_miss_and_how_often_Redis_and_PostgreSQL_were_asked()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var app = await applications.StartNewAsync(redis.ConnectionString); // Nobody else removes what it caches.
        var id = await NewProductAsync(app, "Told lamp", 10);
        await using var tab = await browsers.OpenShopAsync(app, ShopTab.Product(id));
        var told = tab.Told($"/products/{id}");

        await Expect(told).ToContainTextAsync("cache miss");
        await Expect(told).ToContainTextAsync(SqlCommand());
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Load again" }).ClickAsync();

        await Expect(told).ToContainTextAsync("cache hit");
        await Expect(told).ToContainTextAsync(RedisCommands());
        await Expect(told).Not.ToContainTextAsync(SqlCommand());
        await Expect(told).ToContainTextAsync("97 of 100 left in “products”"); // The list of categories was the first.
        await Expect(tab.Page.Locator("#tour-done")).ToHaveTextAsync("Try this (2 of 7)");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Text_of_others_is_shown_as_text()
    {
        var app = await application.GetAsync();
        var name = $"<img src=x onerror=alert(1)> {Unique.Name()}";
        var id = await NewProductAsync(app, name, 10);
        await using var tab = await browsers.OpenShopAsync(app, ShopTab.Product(id));

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = name })).ToBeVisibleAsync();
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_product_that_there_is_not_and_an_address_that_leads_nowhere_are_told()
    {
        await using var tab = await browsers.OpenShopAsync(await application.GetAsync(), ShopTab.Product(int.MaxValue));

        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "There is no such product" })).ToBeVisibleAsync();
        await tab.ShowAsync("#/no%zwhere");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "There is no such page" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_search_beyond_the_limit_runs_when_the_limit_lets_it()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var app = await applications.StartNewAsync(
            redis.ConnectionString,
            new Dictionary<string, string?> { ["RateLimits__search__Limit"] = "1", ["RateLimits__search__WindowSeconds"] = "3" });
        await using var tab = await browsers.OpenShopAsync(app);
        var search = tab.Page.GetByLabel("Search products");
        await search.FillAsync("oak");
        await Expect(tab.Page.GetByText("The 50 best")).ToBeVisibleAsync();

        await search.FillAsync("kettel");

        await Expect(tab.Page.GetByText("The limit of searches is used up (1)")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Oak Kettle 1 ", Exact = false }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Everything_can_be_done_by_keyboard_alone()
    {
        var app = await application.GetAsync();
        var name = $"Keyboard {Unique.Name()}";
        var id = await NewProductAsync(app, name, 10);
        await using var tab = await browsers.OpenShopAsync(app, ShopTab.SignIn);

        await tab.TabToAsync(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Continue as Demo Admin" }));
        await tab.PressAsync("Enter");
        await Expect(tab.Page.Locator("#live")).ToHaveTextAsync("Live");
        await tab.TabToAsync(tab.Page.GetByLabel("Search products"));
        await tab.Page.Keyboard.TypeAsync(name);
        await tab.TabToAsync(tab.Page.GetByRole(AriaRole.Link, new() { Name = name }));
        await tab.PressAsync("Enter");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = name })).ToBeFocusedAsync();
        await tab.TabToAsync(tab.Page.GetByLabel("New price in euros"));
        await tab.PressAsync("ControlOrMeta+A");
        await tab.Page.Keyboard.TypeAsync("13.75");
        await tab.PressAsync("Enter");

        await Expect(tab.Page.GetByText("Every window that shows this product has the new price.")).ToBeVisibleAsync();
        await tab.TabToAsync(tab.Page.GetByRole(AriaRole.Region, new() { Name = "Just now" }));
        using var reader = app.CreateClient();
        Assert.Equal(13.75m, (await (await reader.GetAsync($"products/{id}")).JsonAsync()).GetProperty("price").GetDecimal());
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Every_page_is_readable_in_every_view()
    {
        var app = await application.GetAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        await other.PostAsync("messages", new { recipient_id = user.UserId, content = "Is the oak kettle still there?" });
        await user.PostAsync("messages", new { recipient_id = other.UserId, content = "It is, and cheaper since this morning." });
        foreach (var view in BrowserView.All)
        {
            await using var tab = await browsers.OpenShopAsync(app, view: view);
            await ReadAsync(tab, "shop-products", tab.Page.Locator(".card").First);
            await ReadAsync(tab, "shop-visitor", tab.Page.Locator("#price"), ShopTab.Product(1));
            await ReadAsync(tab, "shop-sign-in", tab.Page.Locator(".account").First, ShopTab.SignIn);
            await tab.AsAsync(user);
            await tab.Page.GetByLabel("Search products").FillAsync("oak kettel");
            await ReadAsync(tab, "shop-search", tab.Page.Locator(".card .price", new() { HasTextRegex = Euros() }).First);
            await ReadAsync(tab, "shop-messages", tab.Page.Locator(".theirs"), $"{ShopTab.Messages}/{other.UserId}");
            await tab.ShowAsync(ShopTab.Reports);
            await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Request the report" }).ClickAsync();
            await ReadAsync(tab, "shop-reports", tab.Page.GetByRole(AriaRole.Button, new() { Name = "Download report.csv" }).First);
            await tab.ShowAsync(ShopTab.Images);
            await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Use a sample picture" }).ClickAsync();
            await ReadAsync(tab, "shop-images", tab.Page.GetByText("512 × 341", new() { Exact = true }).First);
            await ReadAsync(tab, "shop-account", tab.Page.Locator(".sessions li").First, ShopTab.Account);
            if (view.Width < 1000)
            {
                await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Behind the page" }).ClickAsync();
                await ReadAsync(tab, "shop-behind", tab.Page.Locator(".entry").First);
            }

            tab.AssertQuiet();
        }
    }

    private static async Task ReadAsync(BrowserTab tab, string name, ILocator ready, string? place = null)
    {
        if (place is not null)
        {
            await tab.ShowAsync(place);
        }

        await Expect(ready).ToBeVisibleAsync();
        await tab.AssertAccessibleAsync();
        await tab.ScreenshotAsync(name);
    }

    private static async Task<int> NewProductAsync(TestApplication app, string name, decimal price)
    {
        using var admin = await app.CreateClient().AsAdminAsync();
        var answer = await (await admin.PostAsync("products", new { name, price, category_id = 1, description = "Made for a test." })).JsonAsync();
        return answer.GetProperty("id").GetInt32();
    }

    [GeneratedRegex(@"PostgreSQL: 1 command, \d")]
    private static partial Regex SqlCommand();

    [GeneratedRegex(@"Redis: \d+ commands in \d+ round trips?, \d")]
    private static partial Regex RedisCommands();

    [GeneratedRegex("€")]
    private static partial Regex Euros();
}
