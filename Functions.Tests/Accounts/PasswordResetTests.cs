using System.Diagnostics;
using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Accounts;

public sealed class PasswordResetTests(TestApplications applications)
{
    private const string NewPassword = "another long password";

    [Theory, ClassData<AnyRedis>]
    public async Task A_link_sets_a_new_password_closes_all_sessions_and_proves_the_address(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var second = await app.CreateClient().AsAsync(user.Email, ApiClient.Password);
        using var forgetful = app.CreateClient();
        using var forgot = await forgetful.PostAsync("password/forgot", new { email = user.Email.ToUpperInvariant() });
        Assert.Equal(HttpStatusCode.Accepted, forgot.StatusCode);
        var token = await app.Mail.ResetTokenAsync(user.Email);

        var reset = await forgetful.PostAsync("password/reset", new { token, password = NewPassword });

        var answer = await reset.JsonAsync();
        Assert.Equal(("reset", 2), (answer.GetProperty("status").GetString(), answer.GetProperty("sessions_closed").GetInt32()));
        Assert.Equal(HttpStatusCode.Unauthorized, (await user.GetAsync("protected")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await second.GetAsync("protected")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await forgetful.PostAsync("login", new { email = user.Email, password = ApiClient.Password })).StatusCode);
        await forgetful.AsAsync(user.Email, NewPassword);
        Assert.True((await (await forgetful.GetAsync("profile")).JsonAsync()).GetProperty("email_verified").GetBoolean());
        await (await forgetful.PostAsync("password/reset", new { token, password = "a third long password" })).ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Of_concurrent_uses_of_one_link_one_succeeds()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        await user.PostAsync("password/forgot", new { email = user.Email });
        var token = await app.Mail.ResetTokenAsync(user.Email);
        await using var blocked = await RowLock.TakeAsync(app, $"SELECT 1 FROM users WHERE id = {user.UserId} FOR UPDATE");

        var attempts = Enumerable.Range(0, 4).Select(async number =>
        {
            using var client = app.CreateClient();
            using var response = await client.PostAsync("password/reset", new { token, password = $"{NewPassword} {number}" });
            return response.StatusCode;
        }).ToArray();
        await blocked.WaitUntilBlockingAsync(4);
        await blocked.CommitAsync();

        var statuses = await Task.WhenAll(attempts);
        Assert.Single(statuses, HttpStatusCode.OK);
        Assert.Equal(3, statuses.Count(status => status == HttpStatusCode.BadRequest));
        using var winner = app.CreateClient();
        await winner.AsAsync(user.Email, $"{NewPassword} {Array.IndexOf(statuses, HttpStatusCode.OK)}");
    }

    [Fact]
    public async Task A_bad_password_does_not_use_up_the_link()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        await user.PostAsync("password/forgot", new { email = user.Email });
        var token = await app.Mail.ResetTokenAsync(user.Email);

        foreach (var password in new[] { "short", "qwertyuiop", user.Email.ToUpperInvariant() })
        {
            var problem = await (await user.PostAsync("password/reset", new { token, password })).ProblemAsync(HttpStatusCode.BadRequest);
            Assert.True(problem.GetProperty("errors").TryGetProperty("password", out _));
        }

        Assert.Equal(HttpStatusCode.OK, (await user.PostAsync("password/reset", new { token, password = NewPassword })).StatusCode);
    }

    [Fact]
    public async Task A_new_password_makes_the_links_from_before_void()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var verification = await app.Mail.VerificationTokenAsync(user.Email);
        await user.PostAsync("password/forgot", new { email = user.Email });
        var token = await app.Mail.ResetTokenAsync(user.Email);

        using var changed = await user.PutAsync($"users/{user.UserId}", new { password = NewPassword, current_password = ApiClient.Password });

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        await (await user.PostAsync("password/reset", new { token, password = "a third long password" })).ProblemAsync(HttpStatusCode.BadRequest);
        await (await user.PostAsync("email/verify", new { token = verification })).ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_reset_makes_all_other_links_and_a_change_of_the_address_void()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var another = $"{Unique.Name()}@example.com";
        using var asked = await user.PutAsync($"users/{user.UserId}", new { email = another, current_password = ApiClient.Password });
        var verification = await app.Mail.VerificationTokenAsync(another);
        await user.PostAsync("password/forgot", new { email = user.Email });
        var token = await app.Mail.ResetTokenAsync(user.Email);

        using var reset = await user.PostAsync("password/reset", new { token, password = NewPassword });

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (asked.StatusCode, reset.StatusCode));
        Assert.Equal(0, await app.QueryAsync<long>($"SELECT count(*) FROM account_tokens WHERE user_id = {user.UserId}"));
        Assert.Equal(1, await app.QueryAsync<long>($"SELECT count(*) FROM users WHERE id = {user.UserId} AND pending_email IS NULL"));
        await (await user.PostAsync("email/verify", new { token = verification })).ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Redis_away_leaves_the_link_and_the_password_as_they_are()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await applications.StartNewAsync(redis.ConnectionString, new Dictionary<string, string?> { ["REDIS_COMMAND_TIMEOUT"] = "00:00:01" });
        using var user = await app.CreateClient().AsNewUserAsync();
        await user.PostAsync("password/forgot", new { email = user.Email });
        var token = await app.Mail.ResetTokenAsync(user.Email);
        var before = await app.QueryAsync<string>($"SELECT password_hash FROM users WHERE id = {user.UserId}");

        await redis.StopAsync();
        await (await user.PostAsync("password/reset", new { token, password = NewPassword })).ProblemAsync(HttpStatusCode.ServiceUnavailable);

        Assert.Equal(before, await app.QueryAsync<string>($"SELECT password_hash FROM users WHERE id = {user.UserId}"));
        Assert.Equal(1, await app.QueryAsync<long>($"SELECT count(*) FROM account_tokens WHERE user_id = {user.UserId} AND purpose = 2"));
    }

    [Fact]
    public async Task Asking_is_limited_by_address_of_the_client_and_of_the_mail_and_a_rejection_uses_up_nothing()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var email = $"{Unique.Name()}@example.com";
        for (var i = 0; i < 5; i++)
        {
            using var client = app.CreateClient();
            var accepted = await client.PostAsync("password/forgot", new { email = i % 2 == 0 ? email : $" {email.ToUpperInvariant()}" });
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
            Assert.Equal($"{4 - i}", accepted.Header("X-RateLimit-Remaining"));
            Assert.Contains("\"password-forgot\";q=5;w=3600", accepted.Header("RateLimit-Policy"), StringComparison.Ordinal);
            Assert.Contains("\"password-forgot-address\";q=5;w=3600", accepted.Header("RateLimit-Policy"), StringComparison.Ordinal);
        }

        using var other = app.CreateClient();
        for (var i = 0; i < 6; i++)
        {
            var refused = await other.PostAsync("password/forgot", new { email });
            var problem = await refused.ProblemAsync(HttpStatusCode.TooManyRequests, "Rate limit exceeded");
            Assert.Equal("password-forgot-address", Assert.Single(problem.GetProperty("violated-policies").EnumerateArray()).GetString());
            Assert.NotNull(refused.Header("Retry-After"));
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await other.PostAsync("password/forgot", new { email = $"{Unique.Name()}@example.com" })).StatusCode);
        }

        await (await other.PostAsync("password/forgot", new { email = $"{Unique.Name()}@example.com" })).ProblemAsync(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Whoever_asks_is_answered_the_same_in_the_same_time()
    {
        const int Samples = 60;
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var generous = await TestApplications.StartBesideAsync(
            app, new Dictionary<string, string?> { ["RateLimits__password-forgot-address__Limit"] = "1000" });
        using var user = await generous.CreateClient().AsNewUserAsync();
        var (known, unknown) = (new List<double>(), new List<double>());
        await TimeAsync(generous, user.Email);

        for (var i = 0; i < Samples; i++)
        {
            known.Add(await TimeAsync(generous, user.Email));
            unknown.Add(await TimeAsync(generous, $"{Guid.NewGuid():N}@example.com"));
        }

        // The chance that an unknown address answers later than a known one (Mann-Whitney): a half if nobody can tell them apart.
        var later = known.SelectMany(_ => unknown, (one, other) => other > one ? 1.0 : other < one ? 0.0 : 0.5).Average();
        TestContext.Current.TestOutputHelper!.WriteLine($"Medians {known.Order().ElementAt(30):0.0} and {unknown.Order().ElementAt(30):0.0} ms, chance {later:0.00}");
        Assert.InRange(later, 0.25, 0.75);
    }

    private static async Task<double> TimeAsync(TestApplication app, string email)
    {
        using var client = app.CreateClient();
        using (await client.GetAsync("health/live")) // The connection is open.
        {
            var started = Stopwatch.GetTimestamp();
            using var response = await client.PostAsync("password/forgot", new { email });
            var elapsed = Stopwatch.GetElapsedTime(started);
            Assert.Equal((HttpStatusCode.Accepted, """{"status":"accepted"}"""), (response.StatusCode, await response.TextAsync()));
            return elapsed.TotalMilliseconds;
        }
    }
}
