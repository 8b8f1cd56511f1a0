using System.Net;
using System.Text.Json;
using Functions.Accounts;
using Functions.Data;
using Functions.Emails;
using Functions.Redis.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using StackExchange.Redis;

namespace Functions.Tests.Accounts;

public sealed class EmailVerificationTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Registration_sends_a_link_that_verifies_the_address_once()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        Assert.False(await IsVerifiedAsync(user));

        var mail = Assert.Single(await app.Mail.WaitAsync(user.Email, "verify"));
        Assert.Equal($"{app.Address}api/email/verify", mail.Link.GetLeftPart(UriPartial.Query));
        using var anybody = app.CreateClient(); // Not signed in: another device.
        var verified = await anybody.PostAsync("email/verify", new { token = mail.Token });

        Assert.Equal("verified", (await verified.JsonAsync()).GetProperty("status").GetString());
        Assert.True(await IsVerifiedAsync(user));
        await (await anybody.PostAsync("email/verify", new { token = mail.Token })).ProblemAsync(HttpStatusCode.BadRequest);
        using var again = await user.PostAsync("email/verification");
        Assert.Equal((HttpStatusCode.OK, "verified"), (again.StatusCode, (await again.JsonAsync()).GetProperty("status").GetString()));
    }

    [Theory]
    [InlineData(""), InlineData("x"), InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), InlineData("\u0661\uD83D\uDE00")]
    public async Task An_unknown_token_is_refused(string token)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var problem = await (await client.PostAsync("email/verify", new { token })).ProblemAsync(HttpStatusCode.BadRequest);

        Assert.True(problem.GetProperty("errors").TryGetProperty("token", out _));
    }

    [Fact]
    public async Task A_token_that_is_too_old_or_of_another_purpose_is_refused()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var token = await app.Mail.VerificationTokenAsync(user.Email);
        await user.PostAsync("password/forgot", new { email = user.Email });
        var reset = await app.Mail.ResetTokenAsync(user.Email);

        await (await user.PostAsync("email/verify", new { token = reset })).ProblemAsync(HttpStatusCode.BadRequest);
        await (await user.PostAsync("password/reset", new { token, password = "another long password" })).ProblemAsync(HttpStatusCode.BadRequest);
        await app.ExecuteAsync($"UPDATE account_tokens SET expires_at = now() - interval '1 second' WHERE user_id = {user.UserId}");
        await (await user.PostAsync("email/verify", new { token })).ProblemAsync(HttpStatusCode.BadRequest);
        await (await user.PostAsync("password/reset", new { token = reset, password = "another long password" })).ProblemAsync(HttpStatusCode.BadRequest);
        Assert.False(await IsVerifiedAsync(user));

        await new AccountTokenFunctions(app.Services.GetRequiredService<IDbContextFactory<AppDbContext>>(), TimeProvider.System)
            .DeleteOldAsync(new(), TestContext.Current.CancellationToken);
        Assert.Equal(0, await app.QueryAsync<long>($"SELECT count(*) FROM account_tokens WHERE user_id = {user.UserId}"));
    }

    [Fact]
    public async Task The_mail_is_sent_again_a_few_times_and_each_link_works()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var first = await app.Mail.VerificationTokenAsync(user.Email);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await user.PostAsync("email/verification")).StatusCode);
        }

        await (await user.PostAsync("email/verification")).ProblemAsync(HttpStatusCode.TooManyRequests);
        var mails = await app.Mail.WaitAsync(user.Email, "verify", 4);

        Assert.Equal(4, mails.Select(mail => mail.Token).Distinct().Count());
        Assert.Equal(HttpStatusCode.OK, (await user.PostAsync("email/verify", new { token = first })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await user.PostAsync("email/verify", new { token = mails[^1].Token })).StatusCode);
    }

    [Fact]
    public async Task The_token_is_in_the_mail_and_nowhere_else()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var user = await app.CreateClient().AsNewUserAsync();
        await app.Mail.VerificationTokenAsync(user.Email);
        using var forgotten = await user.SendAsync(
            HttpMethod.Post, "password/forgot", new StringContent(JsonSerializer.Serialize(new { email = user.Email }), null, "application/json"), ("Idempotency-Key", Unique.Name()));
        string[] tokens = [await app.Mail.VerificationTokenAsync(user.Email), await app.Mail.ResetTokenAsync(user.Email)];
        using var admin = await app.CreateClient().AsAdminAsync();
        var tasks = await (await admin.GetAsync("tasks?all=true&limit=100")).TextAsync();
        Assert.Contains("send_account_mail", tasks, StringComparison.Ordinal);

        // All of Redis, all of the database, all logs.
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var everything = new List<string> { tasks };
        foreach (var key in await redis.FindKeysAsync(""))
        {
            everything.Add(JsonSerializer.Serialize(await connection.GetDatabase().KeyDumpAsync(key) is { } dump ? System.Text.Encoding.Latin1.GetString(dump) : ""));
        }

        Assert.True(everything.Count > 5);
        everything.AddRange(app.Log.Entries.Select(entry => entry.Text));
        foreach (var table in new[] { "users", "account_tokens", "outbox", "notifications", "committed_requests" })
        {
            everything.Add(await app.QueryAsync<string>($"SELECT coalesce(json_agg(t)::text, '') FROM {table} t"));
        }

        Assert.DoesNotContain(everything, text => tokens.Any(token => text.Contains(token, StringComparison.Ordinal)));
        using var other = await app.CreateClient().AsNewUserAsync();
        Assert.DoesNotContain("send_account_mail", await (await other.GetAsync("tasks")).TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_dies_after_the_commit_loses_no_mail()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        var email = $"{Unique.Name()}@example.com";
        // As the commit of a registration leaves it, with nobody to publish the event.
        await app.ExecuteAsync($"""
            WITH made AS (INSERT INTO users (email, normalized_email, name, password_hash, is_admin, created_at) VALUES ('{email}', '{email}', 'Ada', 'x', false, now()) RETURNING id)
            INSERT INTO outbox (event_id, channel, type, data, created_at)
            SELECT '{Redis.Events.OutgoingEvent.NewId()}', 'user:' || id, 'account_mail', json_build_object('kind', 'verification', 'user_id', id), now() FROM made
            """);

        await using var next = await TestApplications.StartBesideAsync(app);

        await TestPolling.EventuallyAsync(
            () => Task.FromResult(app.Mail.Sent.Concat(next.Mail.Sent).Any(mail => mail.To == email)), Deadline, "the mail");
    }

    [Fact]
    public async Task A_registration_that_fails_sends_nothing()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        await app.Mail.VerificationTokenAsync(user.Email);

        await (await user.PostAsync("register", new { email = user.Email, name = "Eve", password = ApiClient.Password })).ProblemAsync(HttpStatusCode.Conflict);

        using var witness = await app.CreateClient().AsNewUserAsync();
        await app.Mail.VerificationTokenAsync(witness.Email);
        Assert.Single(app.Mail.Sent, mail => mail.To == user.Email);
    }

    [Fact]
    public async Task A_mail_that_could_not_be_delivered_is_tried_again()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var app = await applications.StartNewAsync(redis.ConnectionString, new Dictionary<string, string?> { ["Tasks__BackoffBase"] = "00:00:00.1" });
        var attempts = 0;
        app.Mail.OnDelivery = _ => Interlocked.Increment(ref attempts) < 3 ? throw new RetryTaskException("Not now.") : Task.CompletedTask;
        using var user = await app.CreateClient().AsNewUserAsync();

        var token = await app.Mail.VerificationTokenAsync(user.Email);

        Assert.Equal(3, attempts);
        Assert.Equal(HttpStatusCode.OK, (await user.PostAsync("email/verify", new { token })).StatusCode);
    }

    [Fact]
    public async Task Nothing_that_a_stranger_chose_is_in_the_mail()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var email = $"{Unique.Name()}@example.com";
        using var client = app.CreateClient();
        await client.SendAsync(
            HttpMethod.Post,
            "register",
            new StringContent(JsonSerializer.Serialize(new { email, name = "Win a prize at evil.example", password = ApiClient.Password }), null, "application/json"),
            ("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example"));

        var mail = Assert.Single(await app.Mail.WaitAsync(email, "verify"));

        Assert.DoesNotContain("evil", mail.Source, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(app.Address.Host, mail.Link.Host);
        Assert.Contains("Auto-Submitted: auto-generated", mail.Source, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_needs_a_verified_address_is_a_setting()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var strict = await TestApplications.StartBesideAsync(
            app, new Dictionary<string, string?> { ["Accounts__VerifiedEmailFor__0"] = "CreatePost" });
        using var user = await strict.CreateClient().AsNewUserAsync();

        await (await user.PostAsync("posts", new { title = "x", body = "x" })).ProblemAsync(HttpStatusCode.Forbidden, "The e-mail address is not verified");
        Assert.Equal(HttpStatusCode.OK, (await user.GetAsync("messages")).StatusCode);
        await app.ExecuteAsync($"UPDATE users SET email_verified = true WHERE id = {user.UserId}");
        await app.Services.GetRequiredService<Functions.Users.UserDirectory>().InvalidateAsync(user.UserId);

        await TestPolling.EventuallyAsync(
            async () => (await user.PostAsync("posts", new { title = "x", body = "x" })).StatusCode == HttpStatusCode.Created, Deadline, "the post");
    }

    private static async Task<bool> IsVerifiedAsync(ApiClient user) =>
        (await (await user.GetAsync("profile")).JsonAsync()).GetProperty("email_verified").GetBoolean();
}
