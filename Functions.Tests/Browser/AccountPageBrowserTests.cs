using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Playwright;

namespace Functions.Tests.Browser;

/// <summary>The pages behind the links in mails, as people see them.</summary>
public sealed class AccountPageBrowserTests(TestApplications applications, Browsers browsers)
{
    [Fact]
    public async Task A_password_is_set_by_keyboard_alone()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = await app.CreateClient().AsNewUserAsync();
        await client.PostAsync("password/forgot", new { email = client.Email });
        await using var tab = await browsers.OpenAsync(app.Address, $"password/reset#token={await app.Mail.ResetTokenAsync(client.Email)}");

        await tab.TabToAsync(tab.Page.GetByLabel("New password"));
        await tab.Page.Keyboard.TypeAsync("four words are better");
        await tab.PressAsync("Enter");

        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("Your password is set.");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Both_pages_are_readable_in_every_view()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        foreach (var view in BrowserView.All)
        {
            foreach (var path in new[] { "email/verify", "password/reset" })
            {
                await using var tab = await browsers.OpenAsync(app.Address, $"{path}#token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", view);

                await tab.AssertAccessibleAsync();
                await tab.ScreenshotAsync(path.Replace('/', '-'));
                tab.AssertQuiet();
            }
        }
    }
}
