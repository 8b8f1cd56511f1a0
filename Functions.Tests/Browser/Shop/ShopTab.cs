using Functions.Data;
using Functions.Tests.Application;
using Microsoft.Playwright;

namespace Functions.Tests.Browser.Shop;

/// <summary>What visitors of the shop do.</summary>
internal static class ShopTab
{
    public const string Reports = "#/reports", Images = "#/images", Messages = "#/messages", Account = "#/account", SignIn = "#/sign-in";

    public static string Product(int id) => $"#/product/{id}";

    /// <summary>Opens the shop.</summary>
    public static Task<BrowserTab> OpenShopAsync(this Browsers browsers, TestApplication application, string place = "", BrowserView? view = null) =>
        browsers.OpenAsync(application.Address, "shop" + place, view);

    /// <summary>Signs in as a demo account by one click, and waits for the event stream.</summary>
    public static async Task<BrowserTab> AsDemoAsync(this BrowserTab tab, string name = DemoData.UserName)
    {
        await tab.ShowAsync(SignIn);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = $"Continue as {name}" }).ClickAsync();
        return await tab.LiveAsync();
    }

    /// <summary>Signs in by the form, and waits for the event stream.</summary>
    public static async Task<BrowserTab> AsAsync(this BrowserTab tab, ApiClient user)
    {
        await tab.ShowAsync(SignIn);
        await tab.Page.GetByLabel("E-mail address").FillAsync(user.Email);
        await tab.Page.GetByLabel("Password").FillAsync(ApiClient.Password);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        return await tab.LiveAsync();
    }

    /// <summary>Goes to another place of the shop, as a click on a link does.</summary>
    public static async Task<BrowserTab> ShowAsync(this BrowserTab tab, string place)
    {
        await tab.Page.EvaluateAsync("place => { location.hash = place; }", place);
        return tab;
    }

    /// <summary>What the panel told last of <paramref name="title"/>.</summary>
    public static ILocator Told(this BrowserTab tab, string title) =>
        tab.Page.Locator(".entry").Filter(new() { Has = tab.Page.Locator(".entry-title", new() { HasTextString = title }) }).First;

    private static async Task<BrowserTab> LiveAsync(this BrowserTab tab)
    {
        await Assertions.Expect(tab.Page.Locator("#live")).ToHaveTextAsync("Live");
        return tab;
    }
}
