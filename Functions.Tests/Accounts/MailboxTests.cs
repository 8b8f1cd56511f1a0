using System.Net;
using Functions.Data;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Accounts;

/// <summary>One mailbox is one account, and one name or password is one however it is typed.</summary>
public sealed class MailboxTests(TestApplications applications)
{
    [Theory]
    [InlineData("jos\u00E9.{0}@b\u00FCcher.example", "JOSE\u0301.{0}@XN--BCHER-KVA.example")]
    [InlineData("\uFF41da.{0}@example.com", "ada.{0}@example.com")]
    [InlineData("ada.{0}\uFF20example\uFF0Ecom", "ada.{0}@example.com")]
    public async Task A_mailbox_has_one_account_and_is_found_however_it_is_written(string first, string second)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var unique = Guid.NewGuid().ToString("N")[..8];
        (first, second) = (string.Format(null, first, unique), string.Format(null, second, unique));
        using var client = app.CreateClient();
        using var registered = await client.PostAsync("register", new { email = first, name = "Ada", password = ApiClient.Password });
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);

        await (await client.PostAsync("register", new { email = second, name = "Eve", password = ApiClient.Password })).ProblemAsync(HttpStatusCode.Conflict);

        await client.AsAsync(second, ApiClient.Password);
        await client.AsAsync(first, ApiClient.Password);
    }

    [Theory]
    [InlineData("a\u200Dda@example.com"), InlineData("a\u202Eda@example.com"), InlineData("ada@exam\uFE0Fple.com"), InlineData("ada@xn--ab-m1t.example"), InlineData("ada@example.com.")]
    public async Task An_address_that_hides_something_is_refused(string email)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var problem = await (await client.PostAsync("register", new { email, name = "Ada", password = ApiClient.Password })).ProblemAsync(HttpStatusCode.BadRequest);

        Assert.True(problem.GetProperty("errors").TryGetProperty("email", out _));
    }

    [Fact]
    public async Task A_password_is_the_same_in_every_Unicode_form_and_with_blanks_of_every_script()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var email = $"{Unique.Name()}@example.com";
        using var client = app.CreateClient();
        await client.PostAsync("register", new { email, name = "Ada", password = "cre\u0300me\u00A0bru\u0302le\u0301e" });

        await client.AsAsync(email, "cr\u00E8me br\u00FBl\u00E9e");
        await client.AsAsync(email, "cre\u0300me\u3000bru\u0302le\u0301e");

        using var otherCase = await client.PostAsync("login", new { email, password = "Cr\u00E8me br\u00FBl\u00E9e" });
        Assert.Equal(HttpStatusCode.Unauthorized, otherCase.StatusCode);
    }

    [Theory]
    [InlineData("cre\u0300me bru\u0302le\u0301e")]
    [InlineData("\U0001F469\u200D\U0001F467 and some more")] // What the profile refuses now.
    public async Task A_password_that_was_hashed_as_it_was_typed_still_opens_the_account(string password)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        await app.QueryAsync<int>(
            $"WITH changed AS (UPDATE users SET password_hash = '{TestPasswords.Hasher.HashPassword(null!, password)}' WHERE id = {user.UserId} RETURNING 1) SELECT count(*)::int FROM changed");

        await user.AsAsync(user.Email, password);
        using var wrong = await user.PostAsync("login", new { email = user.Email, password = password + "!" });

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
    }

    [Fact]
    public async Task What_the_profile_refuses_is_no_new_password_anywhere()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        const string Password = "a long pass\u200Bword";

        foreach (var response in new[]
        {
            await user.PostAsync("register", new { email = $"{Unique.Name()}@example.com", name = "Ada", password = Password }),
            await user.PutAsync($"users/{user.UserId}", new { password = Password, current_password = ApiClient.Password }),
            await user.PostAsync("password/reset", new { token = "x", password = Password }),
        })
        {
            Assert.True((await response.ProblemAsync(HttpStatusCode.BadRequest)).GetProperty("errors").TryGetProperty("password", out _));
        }
    }

    [Fact]
    public async Task Text_is_stored_composed_and_whatever_is_counted_as_long_enough_fits()
    {
        const string Family = "\U0001F469\U0001F3FD\u200D\U0001F469\U0001F3FF\u200D\U0001F467\u200D\U0001F466";
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        var title = string.Concat(Enumerable.Repeat(Family, 200));

        using var named = await user.PutAsync($"users/{user.UserId}", new { name = string.Concat(Enumerable.Repeat(Family, 100)) });
        using var post = await user.PostAsync("posts", new { title, body = "Cafe\u0301\t\r\n" + Family });
        using var product = await admin.PostAsync("products", new { name = title, price = 1, category_id = 1, description = "Cre\u0300me" });
        using var message = await user.PostAsync("messages", new { recipient_id = user.UserId, content = string.Concat(Enumerable.Repeat(Family, 4000)) });

        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        Assert.Equal(HttpStatusCode.Created, post.StatusCode);
        Assert.Equal(HttpStatusCode.Created, product.StatusCode);
        Assert.Equal(HttpStatusCode.Created, message.StatusCode);
        Assert.Equal("Caf\u00E9\t\r\n" + Family, (await post.JsonAsync()).GetProperty("body").GetString());
        var stored = await product.JsonAsync();
        Assert.Equal("Cr\u00E8me", stored.GetProperty("description").GetString());
        await (await user.PostAsync("posts", new { title = title + "x", body = "x" })).ProblemAsync(HttpStatusCode.BadRequest);
        await admin.DeleteAsync($"products/{stored.GetProperty("id")}");
    }

    [Fact]
    public async Task Accounts_from_before_get_their_mailbox_and_of_several_with_one_all_can_still_be_entered()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        var hash = TestPasswords.Hasher.HashPassword(null!, ApiClient.Password);
        string[] old = ["jos\u00E9@b\u00FCcher.example", "jose\u0301@b\u00FCcher.example", "zo\u00EB@example.com", "hidden\u200D@example.com"];
        foreach (var email in old)
        {
            await app.QueryAsync<int>(
                $"WITH made AS (INSERT INTO users (email, normalized_email, name, password_hash, is_admin, created_at) VALUES ('{email}', '{email}', '{old.IndexOf(email)}', '{hash}', false, now()) RETURNING 1) SELECT count(*)::int FROM made");
        }

        await using var upgraded = await TestApplications.StartBesideAsync(app);

        await TestPolling.EventuallyAsync(
            () => Task.FromResult(upgraded.Log.Entries.Any(entry => entry.Text.Contains("has the mailbox of an older account", StringComparison.Ordinal))),
            TimeSpan.FromSeconds(20),
            "the warning of the collision");
        Assert.Equal(1, await app.QueryAsync<long>("SELECT count(*) FROM users WHERE normalized_email = 'jos\u00E9@xn--bcher-kva.example'"));
        using var client = upgraded.CreateClient();
        foreach (var (email, name) in new[] { (old[0], "0"), ("JOS\u00C9@xn--bcher-kva.example", "0"), (old[1], "1"), ("zoe\u0308@example.com", "2"), (old[3], "3") })
        {
            await client.AsAsync(email, ApiClient.Password);
            Assert.Equal(name, (await (await client.GetAsync("profile")).JsonAsync()).GetProperty("name").GetString());
        }

        using var third = upgraded.CreateClient();
        await (await third.PostAsync("register", new { email = "jos\u00E9@b\u00FCcher.example", name = "Third", password = ApiClient.Password })).ProblemAsync(HttpStatusCode.Conflict);
    }
}
