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
        await using var scene = await Scene.StartAsync(applications);
        var settings = SettingsOf(scene.Email);
        var instances = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => TestApplications.StartBesideAsync(scene.App, settings)));
        await TestPolling.EventuallyAsync(() => ExistsAsync(scene.App, scene.Email), Deadline, "the administrator");
        using var client = instances[0].CreateClient();

        await client.AsAsync(scene.Email, "the first password");

        var profile = await (await client.GetAsync("profile")).JsonAsync();
        Assert.True(profile.GetProperty("is_admin").GetBoolean());
        Assert.True(profile.GetProperty("email_verified").GetBoolean());
        Assert.DoesNotContain(instances.SelectMany(instance => instance.Log.Entries), entry => entry.Text.Contains("the first password"));
        foreach (var instance in instances)
        {
            await instance.DisposeAsync();
        }

        Assert.Equal(1, await scene.App.QueryAsync<long>("SELECT count(*) FROM users WHERE is_admin"));
    }

    [Fact]
    public async Task Of_instances_that_start_together_one_makes_it()
    {
        await using var scene = await Scene.StartAsync(applications);
        var setup = scene.Setup;

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => setup.AddAdminAsync(
            number % 2 == 0 ? scene.Email : $"other-{scene.Email}", "the first password", cancellationToken: TestContext.Current.CancellationToken)));

        Assert.Single(outcomes, outcome => outcome.Outcome == FirstAdminOutcome.Made);
        Assert.Equal(7, outcomes.Count(outcome => outcome.Outcome == FirstAdminOutcome.ThereIsOne));
        Assert.Equal(1, await scene.App.QueryAsync<long>("SELECT count(*) FROM users WHERE is_admin"));
    }

    [Fact]
    public async Task An_account_that_nobody_has_verified_is_in_the_way_and_the_log_says_so()
    {
        await using var scene = await Scene.StartAsync(applications);
        using var squatter = scene.App.CreateClient();
        await squatter.PostAsync("register", new { email = scene.Email.ToUpperInvariant(), name = "Eve", password = ApiClient.Password });
        await squatter.AsAsync(scene.Email, ApiClient.Password);

        await using var beside = await TestApplications.StartBesideAsync(scene.App, SettingsOf(scene.Email));
        await TestPolling.EventuallyAsync(
            () => Task.FromResult(beside.Log.Entries.Any(entry => entry.Level == LogLevel.Error && entry.Text.Contains("ADMIN_EMAIL", StringComparison.Ordinal))), Deadline, "the error");

        Assert.False((await (await squatter.GetAsync("profile")).JsonAsync()).GetProperty("is_admin").GetBoolean());
        Assert.Equal(0, await scene.App.QueryAsync<long>("SELECT count(*) FROM users WHERE is_admin"));
        Assert.DoesNotContain(beside.Log.Entries, entry => entry.Text.Contains(scene.Email, StringComparison.OrdinalIgnoreCase));
        using var login = await squatter.PostAsync("login", new { email = scene.Email, password = "the first password" });
        Assert.Equal(HttpStatusCode.Unauthorized, login.StatusCode);
    }

    [Fact]
    public async Task A_verified_account_of_the_address_becomes_the_administrator_whom_only_the_password_of_the_settings_lets_in()
    {
        await using var scene = await Scene.StartAsync(applications);
        using var owner = scene.App.CreateClient();
        await owner.PostAsync("register", new { email = scene.Email, name = "Ada", password = ApiClient.Password });
        await owner.AsAsync(scene.Email, ApiClient.Password);
        using var verified = await owner.PostAsync("email/verify", new { token = await scene.App.Mail.VerificationTokenAsync(scene.Email) });
        await owner.GetAsync("profile"); // Cached.
        await owner.PostAsync("password/forgot", new { email = scene.Email });
        var token = await scene.App.Mail.ResetTokenAsync(scene.Email);

        await using var beside = await TestApplications.StartBesideAsync(scene.App, SettingsOf(scene.Email));

        // Sessions are closed before the commit, too.
        await TestPolling.EventuallyAsync(
            async () => await scene.App.QueryAsync<long>("SELECT count(*) FROM users WHERE is_admin") == 1, Deadline, "the commit of the promotion");

        // Whoever registered the address before its owner verified it is in no more: neither by the session nor by the password, nor by a link.
        await TestPolling.EventuallyAsync(
            async () => (await owner.GetAsync("profile")).StatusCode == HttpStatusCode.Unauthorized, Deadline, "the promotion");
        using var stranger = scene.App.CreateClient();
        using var refused = await stranger.PostAsync("login", new { email = scene.Email, password = ApiClient.Password });
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        await (await stranger.PostAsync("password/reset", new { token, password = "a password of a stranger" })).ProblemAsync(HttpStatusCode.BadRequest);
        using var admin = scene.App.CreateClient();
        await admin.AsAsync(scene.Email, SettingsOf(scene.Email)["ADMIN_PASSWORD"]!);
        Assert.True((await (await admin.GetAsync("profile")).JsonAsync()).GetProperty("is_admin").GetBoolean());
    }

    [Fact]
    public async Task The_address_that_the_administrator_has_given_up_does_not_come_back()
    {
        await using var scene = await Scene.StartAsync(applications);
        await scene.Setup.AddAdminAsync(scene.Email, "the first password", cancellationToken: TestContext.Current.CancellationToken);
        await scene.App.ExecuteAsync($"UPDATE users SET email = 'new@example.com', normalized_email = 'new@example.com' WHERE normalized_email = '{scene.Email}'");

        var (outcome, _) = await scene.Setup.AddAdminAsync(scene.Email, "the first password", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(FirstAdminOutcome.ThereIsOne, outcome);
        Assert.False(await ExistsAsync(scene.App, scene.Email));
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_waited_for()
    {
        using var log = new LogRecorder();
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(log));
        var contexts = new TestContexts($"Host=127.0.0.1;Port={FreePort.Next()};Username=u;Password=hunter2");
        var setup = new DatabaseSetup(contexts, new PasswordHasher<User>(), TimeProvider.System);
        using var admin = new FirstAdmin(new FirstAdminOptions("a@example.com", "the first password"), setup, null!, factory.CreateLogger<FirstAdmin>());

        await admin.StartAsync(TestContext.Current.CancellationToken);
        await TestPolling.EventuallyAsync(() => Task.FromResult(log.Entries.Any(entry => entry.Level == LogLevel.Warning)), Deadline, "a warning");

        Assert.False(admin.ExecuteTask!.IsCompleted);
        Assert.DoesNotContain(log.Entries, entry => entry.Text.Contains("hunter2") || entry.Text.Contains("the first password"));
        await admin.StopAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<bool> ExistsAsync(TestApplication app, string email) =>
        await app.QueryAsync<long>($"SELECT count(*) FROM users WHERE normalized_email = '{email}'") == 1;

    private static Dictionary<string, string?> SettingsOf(string email) => new() { ["ADMIN_EMAIL"] = email, ["ADMIN_PASSWORD"] = "the first password" };

    /// <summary>An application without administrators.</summary>
    private sealed class Scene(IRedisServer redis, TestApplication app) : IAsyncDisposable
    {
        public string Email { get; } = $"{Unique.Name("admin")}@example.com";

        public TestApplication App => app;

        public DatabaseSetup Setup { get; } = new(new TestContexts(app.Postgres), TestPasswords.Hasher, TimeProvider.System);

        public static async Task<Scene> StartAsync(TestApplications applications)
        {
            var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
            var app = await applications.StartNewAsync(redis.ConnectionString);
            await app.ExecuteAsync("DELETE FROM users WHERE is_admin");
            return new Scene(redis, app);
        }

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            await redis.DisposeAsync();
        }
    }
}
