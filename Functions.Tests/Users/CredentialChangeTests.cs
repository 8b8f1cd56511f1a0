using System.Net;
using Functions.Emails;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace Functions.Tests.Users;

/// <summary>Changes of address and password: who may make them, and when they take effect.</summary>
public sealed class CredentialChangeTests(TestApplications applications)
{
    private const string NotConfirmed = "The current password is missing or wrong";

    [Fact]
    public async Task Another_address_takes_effect_when_it_is_verified_and_the_old_one_is_told()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var email = $"{Unique.Name()}@example.com";

        var changed = await user.PutAsync($"users/{user.UserId}", new { email, name = "Renamed", current_password = ApiClient.Password });

        Assert.Equal((HttpStatusCode.OK, "verification_sent"), (changed.StatusCode, (await changed.JsonAsync()).GetProperty("status").GetString()));
        var profile = await (await user.GetAsync("profile")).JsonAsync();
        Assert.Equal((user.Email, "Renamed"), (profile.GetProperty("email").GetString(), profile.GetProperty("name").GetString()));
        var warning = Assert.Single(await app.Mail.WaitAsync(user.Email, "is to be changed"));
        Assert.DoesNotContain(email, warning.Source, StringComparison.Ordinal);

        var token = await app.Mail.VerificationTokenAsync(email);
        Assert.Equal(HttpStatusCode.OK, (await user.PostAsync("email/verify", new { token })).StatusCode);

        profile = await (await user.GetAsync("profile")).JsonAsync();
        Assert.Equal((email, true), (profile.GetProperty("email").GetString(), profile.GetProperty("email_verified").GetBoolean()));
        await app.Mail.WaitAsync(user.Email, "has been changed");
        Assert.Equal(HttpStatusCode.Unauthorized, (await user.PostAsync("login", new { email = user.Email, password = ApiClient.Password })).StatusCode);
        await user.AsAsync(email, ApiClient.Password);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_a_conflict_also_if_it_was_taken_meanwhile()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        var email = $"{Unique.Name()}@example.com";

        await (await user.PutAsync($"users/{user.UserId}", new { email = other.Email.ToUpperInvariant(), current_password = ApiClient.Password }))
            .ProblemAsync(HttpStatusCode.Conflict);
        using var changed = await user.PutAsync($"users/{user.UserId}", new { email, current_password = ApiClient.Password });
        var token = await app.Mail.VerificationTokenAsync(email);
        using var registered = await other.PostAsync("register", new { email, name = "Faster", password = ApiClient.Password });
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);

        await (await user.PostAsync("email/verify", new { token })).ProblemAsync(HttpStatusCode.Conflict, "E-mail already registered");

        Assert.Equal(user.Email, (await (await user.GetAsync("profile")).JsonAsync()).GetProperty("email").GetString());
    }

    [Fact]
    public async Task Of_two_users_who_verify_one_address_at_the_same_time_one_gets_it()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var first = await app.CreateClient().AsNewUserAsync();
        using var second = await app.CreateClient().AsNewUserAsync();
        var email = $"{Unique.Name()}@example.com";
        var tokens = new List<string>();
        foreach (var user in new[] { first, second })
        {
            using var changed = await user.PutAsync($"users/{user.UserId}", new { email, current_password = ApiClient.Password });
            tokens.Add(await app.Mail.VerificationTokenAsync(email, tokens.Count + 1));
        }

        await using var blocked = await RowLock.TakeAsync(app, $"SELECT 1 FROM users WHERE id IN ({first.UserId}, {second.UserId}) FOR UPDATE");
        var attempts = tokens.Select(token => first.PostAsync("email/verify", new { token })).ToArray();
        await blocked.WaitUntilBlockingAsync(2);
        await blocked.CommitAsync();

        var statuses = (await Task.WhenAll(attempts)).Select(response => response.StatusCode).Order();
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], statuses);
        Assert.Equal(1, await app.QueryAsync<long>($"SELECT count(*) FROM users WHERE normalized_email = '{email}' AND email_verified"));
    }

    [Theory]
    [InlineData(null), InlineData(""), InlineData("not the password")]
    public async Task Who_changes_the_own_address_or_password_shows_to_know_the_present_one(string? current)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();

        await (await user.PutAsync($"users/{user.UserId}", new { email = $"{Unique.Name()}@example.com", name = "Eve", current_password = current })).ProblemAsync(HttpStatusCode.Forbidden, NotConfirmed);
        await (await user.PutAsync($"users/{user.UserId}", new { password = "another long password", current_password = current })).ProblemAsync(HttpStatusCode.Forbidden, NotConfirmed);
        await (await admin.PutAsync($"users/{admin.UserId}", new { password = "another long password", current_password = current })).ProblemAsync(HttpStatusCode.Forbidden, NotConfirmed);

        Assert.Equal("Test User", (await (await user.GetAsync("profile")).JsonAsync()).GetProperty("name").GetString());
        using var renamed = await user.PutAsync($"users/{user.UserId}", new { name = "Ada", email = user.Email }); // The address as it is: a whole form.
        Assert.Equal("updated", (await renamed.JsonAsync()).GetProperty("status").GetString());
        await user.AsAsync(user.Email, ApiClient.Password);
    }

    [Fact]
    public async Task An_administrator_needs_no_password_of_the_user_and_the_new_address_is_verified_all_the_same()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        var email = $"{Unique.Name()}@example.com";

        using var changed = await admin.PutAsync($"users/{user.UserId}", new { email });

        Assert.Equal("verification_sent", (await changed.JsonAsync()).GetProperty("status").GetString());
        await app.Mail.VerificationTokenAsync(email);
        Assert.Equal(user.Email, (await (await user.GetAsync("profile")).JsonAsync()).GetProperty("email").GetString());
    }

    [Fact]
    public async Task Guessing_the_present_password_is_slowed_down_as_at_login()
    {
        await using var app = await TestApplications.StartBesideAsync(
            await applications.GetAsync(RedisKind.Garnet),
            new Dictionary<string, string?> { ["LoginBackoff__FreeFailures"] = "3", ["LoginBackoff__FirstWait"] = "00:05:00" });
        using var user = await app.CreateClient().AsNewUserAsync();
        for (var i = 0; i < 3; i++)
        {
            await (await user.PutAsync($"users/{user.UserId}", new { password = "another long password", current_password = $"guess {i}" })).ProblemAsync(HttpStatusCode.Forbidden);
        }

        var refused = await user.PutAsync($"users/{user.UserId}", new { password = "another long password", current_password = ApiClient.Password });

        Assert.Equal("login-account", Assert.Single((await refused.ProblemAsync(HttpStatusCode.TooManyRequests)).GetProperty("violated-policies").EnumerateArray()).GetString());
        Assert.NotNull(refused.Header("Retry-After"));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await user.PostAsync("login", new { email = user.Email, password = ApiClient.Password })).StatusCode);
    }

    [Fact]
    public async Task A_new_password_cancels_a_change_of_the_address_and_so_does_asking_for_the_old_one()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var email = $"{Unique.Name()}@example.com";
        using var first = await user.PutAsync($"users/{user.UserId}", new { email, current_password = ApiClient.Password });
        var token = await app.Mail.VerificationTokenAsync(email);

        using var back = await user.PutAsync($"users/{user.UserId}", new { email = user.Email });
        await (await user.PostAsync("email/verify", new { token })).ProblemAsync(HttpStatusCode.BadRequest);
        using var second = await user.PutAsync($"users/{user.UserId}", new { email, current_password = ApiClient.Password });
        token = await app.Mail.VerificationTokenAsync(email, 2);
        using var password = await user.PutAsync($"users/{user.UserId}", new { password = "another long password", current_password = ApiClient.Password });
        user.Session = (await password.JsonAsync()).GetProperty("session_id").GetString();

        await (await user.PostAsync("email/verify", new { token })).ProblemAsync(HttpStatusCode.BadRequest);
        Assert.Equal(user.Email, (await (await user.GetAsync("profile")).JsonAsync()).GetProperty("email").GetString());
    }

    [Fact]
    public async Task Without_a_way_to_send_mail_another_address_takes_effect_at_once_and_is_not_verified()
    {
        await using var app = await TestApplications.StartBesideAsync(
            await applications.GetAsync(RedisKind.Garnet), configure: builder => builder.Services.AddSingleton<IMailer>(new Unreachable()));
        using var user = await app.CreateClient().AsNewUserAsync();
        var email = $"{Unique.Name()}@example.com";

        using var changed = await user.PutAsync($"users/{user.UserId}", new { email, current_password = ApiClient.Password });

        Assert.Equal("updated", (await changed.JsonAsync()).GetProperty("status").GetString());
        var profile = await (await user.GetAsync("profile")).JsonAsync();
        Assert.Equal((email, false), (profile.GetProperty("email").GetString(), profile.GetProperty("email_verified").GetBoolean()));
    }

    [Fact]
    public async Task Changes_of_accounts_and_posts_are_limited_per_user()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await user.PutAsync($"users/{user.UserId}", new { name = $"Ada {i}" })).StatusCode);
        }

        await (await user.PutAsync($"users/{user.UserId}", new { name = "Ada" })).ProblemAsync(HttpStatusCode.TooManyRequests);
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(HttpStatusCode.Created, (await user.PostAsync("posts", new { title = "x", body = "x" })).StatusCode);
        }

        await (await user.PostAsync("posts", new { title = "x", body = "x" })).ProblemAsync(HttpStatusCode.TooManyRequests);
    }

    private sealed class Unreachable : IMailer
    {
        public bool CanDeliver => false;

        public Task DeliverAsync(MimeMessage message, string id, CancellationToken cancellationToken) => throw new InvalidOperationException();
    }
}
