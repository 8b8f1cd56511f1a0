using System.Text.RegularExpressions;
using Functions.Data;
using Functions.Redis.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Functions.Tests.Browser;

/// <summary>The operations console, as administrators use it.</summary>
public sealed partial class ConsoleBrowserTests(TestApplications applications, Browsers browsers)
{
    private const float Slow = 30_000; // The page asks again every five seconds.

    private static readonly string[] Views = ["overview", "tasks", "events", "cache", "limits", "sessions", "audit"];

    [Fact]
    public async Task An_administrator_signs_in_and_retries_a_task_by_keyboard_alone()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var (id, name) = (await DeadTasksAsync(app, 1)).Single();
        await using var tab = await browsers.OpenAsync(app.Address, "console");
        var page = tab.Page;

        await Expect(page.GetByLabel("E-mail address")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(DemoData.AdminEmail);
        await tab.PressAsync("Tab");
        await page.Keyboard.TypeAsync(DemoData.AdminPassword);
        await tab.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
        await tab.TabToAsync(page.GetByRole(AriaRole.Link, new() { Name = "Tasks", Exact = true }));
        await tab.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Tasks" })).ToBeFocusedAsync();
        await tab.TabToAsync(page.GetByLabel("Find by id"));
        await page.Keyboard.TypeAsync(id);
        await tab.PressAsync("Enter");
        await tab.TabToAsync(page.GetByRole(AriaRole.Button, new() { NameRegex = Retry() }));
        await tab.PressAsync("Enter");

        await Expect(page.Locator("#toasts")).ToContainTextAsync("The task is queued again.");
        await Expect(page.Locator("main")).ToContainTextAsync($"No handler is registered for tasks named '{name}'.", new() { Timeout = Slow });
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_wrong_password_and_a_user_who_is_no_administrator_are_told_so()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var tab = await browsers.OpenAsync(app.Address, "console");

        await SignInAsync(tab, DemoData.AdminEmail, "not this one");
        await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("E-mail address or password is wrong.");
        await SignInAsync(tab, DemoData.UserEmail, DemoData.UserPassword);
        await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This account is not an administrator.");

        tab.Expect("401");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task What_one_administrator_publishes_another_sees_at_once()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var watching = await OpenAsync(app, "console#/events");
        await using var publishing = await OpenAsync(app, "console#/events");
        await Expect(watching.Page.GetByText("Live", new() { Exact = true })).ToBeVisibleAsync();
        var mark = Unique.Name("mark");

        await publishing.Page.GetByLabel("Data, as JSON").FillAsync($"{{\"mark\": \"{mark}\"}}");
        await publishing.Page.GetByRole(AriaRole.Button, new() { Name = "Publish" }).ClickAsync();

        await Expect(watching.Page.Locator("main")).ToContainTextAsync(mark);
        await watching.Page.GetByLabel("Filter").FillAsync("something else");
        await Expect(watching.Page.Locator("main")).Not.ToContainTextAsync(mark);
        watching.AssertQuiet();
        publishing.AssertQuiet();
    }

    [Fact]
    public async Task Many_tasks_are_retried_after_a_question_that_says_how_many()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var name = (await DeadTasksAsync(app, 3))[0].Name;
        await using var tab = await OpenAsync(app, $"console#/tasks?state=dead&name={name}");
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Retry all of these…" }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("Retry 3 tasks?");
        await tab.AssertAccessibleAsync();
        await tab.PressAsync("Escape");
        await Expect(dialog).ToBeHiddenAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Retry all of these…" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Retry 3 tasks" }).ClickAsync();

        await Expect(tab.Page.Locator("#toasts")).ToContainTextAsync("3 tasks are queued again.");
        await tab.Page.GotoAsync("console#/audit");
        await Expect(tab.Page.Locator("main")).ToContainTextAsync($"Retry 3 of 3 tasks: state Dead, name {name}, owner any");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_cached_answer_is_looked_up_and_invalidated()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        using var made = await client.GetAsync("products/23");
        await using var tab = await OpenAsync(app, "console#/cache");
        var page = tab.Page;

        await page.GetByLabel("Key", new() { Exact = true }).FillAsync("product:23");
        await page.GetByRole(AriaRole.Button, new() { Name = "Look up" }).ClickAsync();
        await Expect(page.Locator("pre")).ToContainTextAsync("\"id\": 23");
        await page.GetByRole(AriaRole.Button, new() { Name = "Invalidate this key" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Invalidate the key" }).ClickAsync();

        await Expect(page.Locator("main")).ToContainTextAsync("Nothing is cached under this key");
        Assert.Equal("miss", (await client.GetAsync("products/23")).Header("X-Cache"));
        tab.Expect("404");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Every_view_is_readable_at_every_size_and_in_every_colour_scheme()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await DeadTasksAsync(app, 2);
        using var client = app.CreateClient();
        for (var i = 1; i < 30; i++)
        {
            using var response = await client.GetAsync($"products/{i % 10 + 1}");
        }

        foreach (var view in BrowserView.All)
        {
            await using var tab = await browsers.OpenAsync(app.Address, "console", view);
            await tab.Page.GetByLabel("E-mail address").WaitForAsync();
            await tab.AssertAccessibleAsync();
            await tab.ScreenshotAsync("console-sign-in");
            await SignInAsync(tab, DemoData.AdminEmail, DemoData.AdminPassword);
            await tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
            foreach (var name in Views)
            {
                await tab.Page.GotoAsync($"console#/{name}");
                await Expect(tab.Page.Locator($"nav a[href='#/{name}']")).ToHaveAttributeAsync("aria-current", "page");
                await Expect(tab.Page.Locator(".loading")).ToHaveCountAsync(0, new() { Timeout = Slow });
                await tab.AssertAccessibleAsync();
                await tab.ScreenshotAsync($"console-{name}");
            }

            tab.AssertQuiet();
        }
    }

    [Fact]
    public async Task An_outage_is_shown_and_heals_by_itself()
    {
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendAlways); // Sessions are there afterwards.
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        await using var tab = await OpenAsync(app, "console");
        var notice = tab.Page.Locator(".notice");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "1 instance" })).ToBeVisibleAsync(new() { Timeout = Slow });

        await redis.StopAsync();
        await Expect(notice).ToContainTextAsync("The application cannot reach one of its servers.", new() { Timeout = Slow });
        await Expect(tab.Page.Locator(".health")).ToContainTextAsync("Unhealthy", new() { Timeout = Slow });
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Requests" })).ToBeVisibleAsync(); // What is known from before.
        await tab.AssertAccessibleAsync();
        await redis.StartAsync();
        await Expect(notice).ToBeEmptyAsync(new() { Timeout = Slow });
        await Expect(tab.Page.Locator(".health")).Not.ToContainTextAsync("Unhealthy", new() { Timeout = Slow }); // Without Blob storage it is degraded.

        await tab.Page.Context.SetOfflineAsync(true);
        await Expect(notice).ToContainTextAsync("The connection is lost.", new() { Timeout = Slow });
        await tab.Page.Context.SetOfflineAsync(false);
        await Expect(notice).ToBeEmptyAsync(new() { Timeout = Slow });
        tab.Expect("Failed to load resource"); // Which browsers write for every request that fails.
        tab.Expect("net::ERR");
        tab.AssertQuiet();
    }

    private async Task<BrowserTab> OpenAsync(TestApplication app, string path)
    {
        var tab = await browsers.OpenAsync(app.Address, path);
        await SignInAsync(tab, DemoData.AdminEmail, DemoData.AdminPassword);
        await tab.Page.GetByRole(AriaRole.Navigation).WaitForAsync();
        return tab;
    }

    private static async Task SignInAsync(BrowserTab tab, string email, string password)
    {
        await tab.Page.GetByLabel("E-mail address").FillAsync(email);
        await tab.Page.GetByLabel("Password").FillAsync(password);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    // Nobody handles tasks of their name.
    private static async Task<List<(string Id, string Name)>> DeadTasksAsync(TestApplication app, int count)
    {
        var queue = app.Services.GetRequiredService<TaskQueue>();
        var name = Unique.Name("lost");
        var tasks = new List<(string Id, string Name)>();
        for (var i = 0; i < count; i++)
            tasks.Add(((await queue.EnqueueAsync(name, i, cancellationToken: TestContext.Current.CancellationToken)).Id, name));
        foreach (var (id, _) in tasks)
        {
            await TestPolling.EventuallyAsync(
                async () => (await queue.FindAsync(id, TestContext.Current.CancellationToken))?.State == TaskState.Dead, TimeSpan.FromSeconds(30), "a task to die");
        }

        return tasks;
    }

    [GeneratedRegex("^Retry ")]
    private static partial Regex Retry();
}
