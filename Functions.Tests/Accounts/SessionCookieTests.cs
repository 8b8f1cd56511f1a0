using System.Net;
using System.Net.Http.Json;
using Functions.Redis.Sessions;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Accounts;

/// <summary>The cookies that a browser may send, and those that it is sent.</summary>
public sealed class SessionCookieTests(TestApplications applications)
{
    private const string Invalid = "Invalid or expired session";

    [Theory]
    [InlineData("session={0}; session=nonsense")]
    [InlineData("session=nonsense; session={0}")]
    [InlineData("session=; session={0}")]
    [InlineData("session=%%%; session={0}; session=\"")]
    [InlineData("session; =x; ; session={0}")]
    [InlineData("a=b;session={0};c=d")]
    [InlineData("session=\"{0}\"")]
    [InlineData("session = {0}")]
    [InlineData("session={1}; session={0}")]
    [InlineData("session={0}; session={1}")]
    [InlineData("__Host-session=nonsense; session={0}")]
    [InlineData("session={2}; __Host-session={0}")]
    [InlineData("__Host-session={0}; session={2}")]
    [InlineData("session={0}; session={2}")]
    [InlineData("Session={2}; session={0}")]
    public async Task The_cookie_that_we_signed_and_whose_session_is_open_counts(string header)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var closed = await app.CreateClient().AsAsync(user.Email, ApiClient.Password);
        using var other = await app.CreateClient().AsNewUserAsync();
        await closed.PostAsync("logout");
        var value = string.Format(null, header, Cookie(app, user.Session!), Cookie(app, closed.Session!), Cookie(app, other.Session!));
        using var browser = app.CreateClient();

        var response = await browser.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", value));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(user.UserId, (await response.JsonAsync()).GetProperty("user_id").GetInt32());
    }

    [Fact]
    public async Task Cookies_that_are_none_of_ours_are_as_harmless_as_they_are_many_and_long()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var browser = app.CreateClient();
        var cookie = Cookie(app, user.Session!);
        string[] foreign =
        [
            "session=", "session", "session=;session=", $"session={cookie.Replace(".", "%2E", StringComparison.Ordinal)}", $"session={new string('x', 20_000)}.{new string('A', 43)}",
            $"session={string.Join("; session=", Enumerable.Repeat("x.y", 2000))}", $"xsession={cookie}", $"SESSION={cookie}", $"session=\"{cookie}", "__Host-session=\"\"",
        ];

        foreach (var value in foreign)
        {
            var response = await browser.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", value));
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    public async Task An_empty_header_is_none_and_the_rule_for_cookies_applies(string header)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var browser = app.CreateClient();
        var (cookie, empty) = (("Cookie", $"session={Cookie(app, user.Session!)}"), ("X-Session-ID", header));

        var read = await browser.SendAsync(HttpMethod.Get, "protected", null, cookie, empty);
        var write = await browser.SendAsync(HttpMethod.Post, "user-action", null, cookie, empty);
        var foreign = await browser.SendAsync(HttpMethod.Post, "user-action", null, cookie, empty, ("Origin", "https://evil.example"));
        var missing = await browser.SendAsync(HttpMethod.Get, "protected", null, empty);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (read.StatusCode, write.StatusCode));
        await foreign.ProblemAsync(HttpStatusCode.Forbidden);
        await missing.ProblemAsync(HttpStatusCode.Unauthorized, "Missing session ID");
    }

    [Fact]
    public async Task Several_headers_that_differ_are_no_token()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        using var client = app.CreateClient();
        var (one, two) = (("X-Session-ID", user.Session!), ("X-Session-ID", other.Session!));

        await (await client.SendAsync(HttpMethod.Get, "protected", null, one, two)).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        await (await client.SendAsync(HttpMethod.Get, "protected", null, two, one, ("Cookie", $"session={Cookie(app, user.Session!)}"))).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Get, "protected", null, one, one)).StatusCode);
    }

    [Fact]
    public async Task Logout_closes_the_session_of_every_cookie_and_deletes_what_the_browser_may_have()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var first = await app.CreateClient().AsNewUserAsync();
        using var second = await app.CreateClient().AsAsync(first.Email, ApiClient.Password);
        using var browser = app.CreateClient();
        var cookies = ("Cookie", $"session={Cookie(app, first.Session!)}; session={Cookie(app, second.Session!)}; __Host-session=old");

        var response = await browser.SendAsync(HttpMethod.Post, "logout", null, cookies, ("X-Forwarded-Proto", "https"), ("Host", "shop.example.com"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        foreach (var session in new[] { first, second })
            await (await session.GetAsync("protected")).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        var deleted = response.Headers.GetValues("Set-Cookie").ToArray();
        Assert.All(deleted, cookie => Assert.Contains("expires=Thu, 01 Jan 1970", cookie));
        Assert.All(deleted, cookie => Assert.Contains("secure", cookie));
        Assert.Single(deleted, cookie => cookie.StartsWith("__Host-session=;", StringComparison.Ordinal) && cookie.Contains("path=/;", StringComparison.Ordinal) && !cookie.Contains("domain", StringComparison.Ordinal));
        foreach (var path in new[] { "/", "/api", "/api/logout" })
            foreach (var domain in new[] { null, "shop.example.com", "example.com" })
                Assert.Single(deleted, cookie => cookie.StartsWith("session=;", StringComparison.Ordinal) && cookie.Contains($"path={path};", StringComparison.Ordinal)
                    && (domain is null ? !cookie.Contains("domain=", StringComparison.Ordinal) : cookie.Contains($"domain={domain};", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_logout_without_a_good_session_is_answered_as_anywhere()
    {
        using var browser = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        await (await browser.SendAsync(HttpMethod.Post, "logout", null, ("Cookie", "session=a; session=b"))).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
    }

    [Fact]
    public async Task With_the_setting_the_cookie_belongs_to_the_host_over_https_only()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        await using var preferring = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?> { ["Sessions__HostCookie"] = "Preferred" });
        await using var requiring = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?> { ["Sessions__HostCookie"] = "Required" });
        using var browser = preferring.CreateClient();
        using var strict = requiring.CreateClient();
        var https = ("X-Forwarded-Proto", "https");
        var plain = ("Cookie", $"session={Cookie(app, user.Session!)}");
        var host = ("Cookie", $"__Host-session={Cookie(app, user.Session!)}");

        var secure = await LoginAsync(browser, user, https, plain);
        var insecure = await LoginAsync(browser, user);

        Assert.Equal(2, secure.Length);
        var attributes = secure[0].Split("; ");
        Assert.StartsWith("__Host-session=", attributes[0]);
        Assert.Equal(["httponly", "max-age=2592000", "path=/", "samesite=lax", "secure"], attributes.Skip(1).Order());
        Assert.StartsWith("session=; expires=Thu, 01 Jan 1970", secure[1]);
        Assert.StartsWith("session=", Assert.Single(insecure));
        Assert.Equal(HttpStatusCode.OK, (await browser.SendAsync(HttpMethod.Get, "protected", null, https, plain)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await strict.SendAsync(HttpMethod.Get, "protected", null, https, host)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await strict.SendAsync(HttpMethod.Get, "protected", null, plain)).StatusCode);
        await (await strict.SendAsync(HttpMethod.Get, "protected", null, https, plain)).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);

        var back = await LoginAsync(user, user, https, host);
        Assert.StartsWith("session=", back[0]);
        Assert.StartsWith("__Host-session=; expires", back[1]);
    }

    [Fact]
    public async Task Without_remember_the_session_ends_with_the_browser_and_earlier()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = await app.CreateClient().AsNewUserAsync();

        foreach (var (remember, lifetime) in new (bool?, TimeSpan)[] { (null, TimeSpan.FromDays(30)), (true, TimeSpan.FromDays(30)), (false, TimeSpan.FromHours(12)) })
        {
            var response = await client.PostAsync("login", new { email = client.Email, password = ApiClient.Password, remember });
            var session = await app.Services.GetRequiredService<SessionStore>().AuthenticateAsync(
                (await response.JsonAsync()).GetProperty("session_id").GetString()!, TestContext.Current.CancellationToken);

            Assert.Equal(lifetime, session!.ExpiresAt - session.CreatedAt);
            Assert.Equal(remember != false, response.Header("Set-Cookie")!.Contains("max-age=2592000", StringComparison.Ordinal));
            Assert.DoesNotContain("expires", response.Header("Set-Cookie"));
            Assert.Equal("no-store", response.Header("Cache-Control"));
        }

        var wrong = await client.PostAsync("login", new { email = client.Email, password = ApiClient.Password, remember = "yes" });
        await wrong.ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task A_new_password_gives_the_browser_a_new_cookie_of_the_same_kind_and_the_old_token_ends(bool remember)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var browser = app.CreateClient();
        var login = await browser.PostAsync("login", new { email = user.Email, password = ApiClient.Password, remember });
        var old = (await login.JsonAsync()).GetProperty("session_id").GetString()!;

        var changed = await browser.SendAsync(
            HttpMethod.Put, $"users/{user.UserId}", NewPassword(), ("Cookie", $"session={Cookie(app, old)}"));

        Assert.Equal(["status"], (await changed.JsonAsync()).EnumerateObject().Select(member => member.Name));
        var cookie = changed.Header("Set-Cookie")!.Split("; ");
        Assert.Equal(remember, cookie.Contains("max-age=2592000"));
        Assert.Equal(HttpStatusCode.OK, (await browser.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", cookie[0]))).StatusCode);
        await (await browser.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", $"session={Cookie(app, old)}"))).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        Assert.Equal(HttpStatusCode.Unauthorized, (await user.GetAsync("protected")).StatusCode);
    }

    [Fact]
    public async Task A_new_password_gives_a_client_with_the_header_a_new_token()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        var old = user.Session!;

        var changed = await user.SendAsync(HttpMethod.Put, $"users/{user.UserId}", NewPassword());
        var renamed = await user.PutAsync($"users/{user.UserId}", new { name = "Old token" });
        user.Session = (await changed.JsonAsync()).GetProperty("session_id").GetString()!;
        var opens = await user.GetAsync("protected");
        var byAdmin = await admin.SendAsync(HttpMethod.Put, $"users/{user.UserId}", JsonContent.Create(new { password = "by an administrator" }));

        Assert.NotEqual(old, user.Session);
        Assert.Equal(HttpStatusCode.OK, opens.StatusCode);
        Assert.Null(changed.Header("Set-Cookie"));
        Assert.Equal("no-store", changed.Header("Cache-Control"));
        await renamed.ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        Assert.False((await byAdmin.JsonAsync()).TryGetProperty("session_id", out _));
        Assert.Equal(HttpStatusCode.Unauthorized, (await user.GetAsync("protected")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("protected")).StatusCode);
    }

    private static JsonContent NewPassword() => JsonContent.Create(new { password = "another long password", current_password = ApiClient.Password });

    private static async Task<string[]> LoginAsync(ApiClient client, ApiClient user, params (string, string)[] headers)
    {
        var response = await client.SendAsync(HttpMethod.Post, "login", JsonContent.Create(new { email = user.Email, password = ApiClient.Password }), headers);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return [.. response.Headers.GetValues("Set-Cookie")];
    }

    private static string Cookie(TestApplication app, string token) => app.Services.GetRequiredService<SessionCookieSigner>().Sign(token);
}
