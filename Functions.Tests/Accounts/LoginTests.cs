using System.Net;
using Functions.Data;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Accounts;

public sealed class LoginTests(TestApplications applications)
{
    [Fact]
    public async Task The_answer_is_a_session_and_who_has_signed_in()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();

        var response = await user.PostAsync("login", new { email = user.Email.ToUpperInvariant(), password = ApiClient.Password });

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("no-store", response.Header("Cache-Control"));
        var answer = await response.JsonAsync();
        Assert.Equal(["session_id", "user"], answer.EnumerateObject().Select(member => member.Name));
        Assert.Equal(["id", "name"], answer.GetProperty("user").EnumerateObject().Select(member => member.Name));
        Assert.Equal(user.UserId, answer.GetProperty("user").GetProperty("id").GetInt32());
        Assert.NotEqual(user.Session, answer.GetProperty("session_id").GetString());
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("http", false)]
    [InlineData("https", true)]
    public async Task The_cookie_is_for_this_site_only_and_secure_over_https(string? scheme, bool secure)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();

        var attributes = await CookieOfDemoUserAsync(client, scheme);

        Assert.Contains("httponly", attributes);
        Assert.Contains("samesite=lax", attributes);
        Assert.Contains("path=/", attributes);
        Assert.Equal(secure, attributes.Contains("secure"));
        Assert.DoesNotContain(attributes, attribute => attribute.StartsWith("domain=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_trusted_proxies_nobody_claims_https_by_a_header()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var direct = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?> { ["Http__TrustedProxyHops"] = "0" });
        using var client = direct.CreateClient();

        Assert.DoesNotContain("secure", await CookieOfDemoUserAsync(client, "https"));
    }

    [Fact]
    public async Task An_unknown_address_and_a_wrong_password_are_answered_alike_and_cost_the_same()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var hasher = new GatedHasher();
        await using var counting = await TestApplications.StartBesideAsync(
            app, configure: builder => builder.Services.AddSingleton<IPasswordHasher<User>>(hasher));
        using var client = counting.CreateClient();

        var wrong = await client.PostAsync("login", new { email = "demo@example.com", password = "not the password" });
        var afterWrong = hasher.Verifications;
        var unknown = await client.PostAsync("login", new { email = $"{Unique.Name()}@example.com", password = "not the password" });
        var afterUnknown = hasher.Verifications;

        await wrong.ProblemAsync(HttpStatusCode.Unauthorized, "Invalid credentials");
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        Assert.Equal(await wrong.TextAsync(), await unknown.TextAsync());
        Assert.Equal((1, 2), (afterWrong, afterUnknown));
    }

    [Theory]
    [InlineData("password")]
    [InlineData("deletion")]
    public async Task A_login_that_began_before_the_account_changed_opens_no_session_after_it(string change)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var hasher = new GatedHasher();
        await using var slow = await TestApplications.StartBesideAsync(
            app, configure: builder => builder.Services.AddSingleton<IPasswordHasher<User>>(hasher));
        using var user = await app.CreateClient().AsNewUserAsync();
        using var thief = slow.CreateClient();
        hasher.Gate.Reset();
        var login = thief.PostAsync("login", new { email = user.Email, password = ApiClient.Password });
        await hasher.Arrived;

        using var changed = change == "password"
            ? await user.PutAsync($"users/{user.UserId}", new { password = "another long password", current_password = ApiClient.Password })
            : await user.DeleteAsync($"users/{user.UserId}");
        hasher.Gate.Set();

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        await (await login).ProblemAsync(HttpStatusCode.Unauthorized, "Invalid credentials");
        Assert.Null((await login).Header("Set-Cookie"));
    }

    [Fact]
    public async Task Neither_passwords_nor_tokens_nor_hashes_are_logged_or_answered()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        var email = $"{Unique.Name()}@example.com";
        var (first, second, wrong) = ($"first-{Guid.NewGuid()}", $"second-{Guid.NewGuid()}", $"wrong-{Guid.NewGuid()}");
        var answers = new List<string>
        {
            await (await client.PostAsync("register", new { email, name = "Ada", password = first })).TextAsync(),
            await (await client.PostAsync("register", new { email, name = "Ada", password = first })).TextAsync(),
            await (await client.PostAsync("register", new { email = 1, name = "Ada", password = first })).TextAsync(),
            await (await client.PostAsync("login", new { email, password = wrong })).TextAsync(),
        };
        await client.AsAsync(email, first);
        var renewed = (await (await client.PutAsync($"users/{client.UserId}", new { password = second, current_password = first })).JsonAsync()).GetProperty("session_id").GetString()!;
        var old = client.Session!;
        client.Session = renewed;
        answers.Add(await (await client.GetAsync("profile")).TextAsync());
        answers.Add(await (await client.GetAsync("sessions")).TextAsync());
        answers.Add(await (await client.GetAsync($"users/{client.UserId}")).TextAsync());
        var hash = await app.QueryAsync<string>($"SELECT password_hash FROM users WHERE id = {client.UserId}");

        string[] secrets = [first, second, wrong, old, renewed, hash];
        foreach (var text in answers.Concat(app.Log.Entries.Select(entry => entry.Text)))
        {
            Assert.DoesNotContain(secrets, text.Contains);
        }

        Assert.DoesNotContain(app.Log.Entries, entry => entry.Text.Contains(email, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<string[]> CookieOfDemoUserAsync(ApiClient client, string? scheme)
    {
        var headers = scheme is null ? Array.Empty<(string, string)>() : [("X-Forwarded-Proto", scheme)];
        var response = await client.SendAsync(
            HttpMethod.Post, "login", System.Net.Http.Json.JsonContent.Create(new { email = "demo@example.com", password = "demo-user-2026" }), headers);
        var cookie = response.Header("Set-Cookie")!;
        Assert.StartsWith("session=", cookie);
        return cookie.Split(';', StringSplitOptions.TrimEntries).Skip(1).Select(attribute => attribute.ToLowerInvariant()).ToArray();
    }
}
