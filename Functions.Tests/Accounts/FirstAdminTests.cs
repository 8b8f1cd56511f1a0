using System.Net;
using Functions.Accounts;
using Functions.Data;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging;

namespace Functions.Tests.Accounts;

public sealed class FirstAdminTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task The_settings_make_an_administrator_once_over_all_instances()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var email = $"{Unique.Name("admin")}@example.com";
        var settings = new Dictionary<string, string?> { ["ADMIN_EMAIL"] = email, ["ADMIN_PASSWORD"] = "the first password" };
        await using var one = await TestApplications.StartBesideAsync(app, settings);
        await using var two = await TestApplications.StartBesideAsync(app, settings);
        using var client = one.CreateClient();
        await TestPolling.EventuallyAsync(() => ExistsAsync(app, email), Deadline, "the administrator");

        await client.AsAsync(email, "the first password");

        Assert.True((await (await client.GetAsync("profile")).JsonAsync()).GetProperty("is_admin").GetBoolean());
        Assert.DoesNotContain(one.Log.Entries, entry => entry.Text.Contains("the first password"));
    }

    [Fact]
    public async Task An_account_that_exists_keeps_its_password_and_its_rights()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        await using var beside = await TestApplications.StartBesideAsync(
            app, new Dictionary<string, string?> { ["ADMIN_EMAIL"] = user.Email.ToUpperInvariant(), ["ADMIN_PASSWORD"] = "another long password" });
        using var client = beside.CreateClient();

        using var login = await client.PostAsync("login", new { email = user.Email, password = "another long password" });

        Assert.Equal(HttpStatusCode.Unauthorized, login.StatusCode);
        Assert.False((await (await user.GetAsync("profile")).JsonAsync()).GetProperty("is_admin").GetBoolean());
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_waited_for()
    {
        using var log = new LogRecorder();
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(log));
        var contexts = new TestContexts($"Host=127.0.0.1;Port={FreePort.Next()};Username=u;Password=hunter2");
        var setup = new DatabaseSetup(contexts, new PasswordHasher<User>(), TimeProvider.System);
        using var admin = new FirstAdmin(new FirstAdminOptions("a@example.com", "the first password"), setup, factory.CreateLogger<FirstAdmin>());

        await admin.StartAsync(TestContext.Current.CancellationToken);
        await TestPolling.EventuallyAsync(() => Task.FromResult(log.Entries.Any(entry => entry.Level == LogLevel.Warning)), Deadline, "a warning");

        Assert.False(admin.ExecuteTask!.IsCompleted);
        Assert.DoesNotContain(log.Entries, entry => entry.Text.Contains("hunter2") || entry.Text.Contains("the first password"));
        await admin.StopAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<bool> ExistsAsync(TestApplication app, string email) =>
        await app.QueryAsync<long>($"SELECT count(*) FROM users WHERE normalized_email = '{email}'") == 1;
}
