using Functions.Data;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Playwright;

namespace Functions.Tests.Browser;

/// <summary>The page over the OpenAPI document.</summary>
public sealed class ApiPageBrowserTests(TestApplications applications, Browsers browsers)
{
    [Fact]
    public async Task An_operation_is_tried_with_the_session_of_the_browser()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var tab = await browsers.OpenAsync(app.Address, "docs#tag/accounts/GET/api/protected");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Serverless backend" })).ToBeVisibleAsync();
        var status = await tab.Page.EvaluateAsync<int>(
            "async ([email, password]) => (await fetch('login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email, password }) })).status",
            new[] { DemoData.UserEmail, DemoData.UserPassword });
        Assert.Equal(200, status);

        await tab.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("Test Request.*protected", System.Text.RegularExpressions.RegexOptions.IgnoreCase) }).ClickAsync();
        var answer = await tab.Page.RunAndWaitForResponseAsync(
            () => tab.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Send") }).First.ClickAsync(),
            response => response.Url.EndsWith("/api/protected", StringComparison.Ordinal));

        Assert.Equal(200, answer.Status);
        await tab.ScreenshotAsync("api-page-try");
        tab.AssertQuiet(); // No violation of the page's policy, nobody else asked for anything.
    }

    [Fact]
    public async Task It_fits_every_window()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        foreach (var view in BrowserView.All)
        {
            await using var tab = await browsers.OpenAsync(app.Address, "docs", view);
            await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Serverless backend" })).ToBeVisibleAsync();

            Assert.True(await tab.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"), $"{view}");
            await tab.ScreenshotAsync("api-page");
            tab.AssertQuiet();
        }
    }
}
