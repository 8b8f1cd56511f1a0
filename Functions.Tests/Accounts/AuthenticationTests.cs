using System.Net;
using Functions.Redis.Sessions;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Accounts;

public sealed class AuthenticationTests(TestApplications applications)
{
    private const string Invalid = "Invalid or expired session";

    [Theory, ClassData<AnyRedis>]
    public async Task Header_and_cookie_authenticate(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var nobody = app.CreateClient();

        var byHeader = await user.GetAsync("protected");
        var byCookie = await nobody.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", $"session={Cookie(app, user)}"));

        foreach (var response in new[] { byHeader, byCookie })
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(user.UserId, (await response.JsonAsync()).GetProperty("user_id").GetInt32());
        }
    }

    [Theory]
    [InlineData("GET", "protected")]
    [InlineData("GET", "profile")]
    [InlineData("GET", "sessions")]
    [InlineData("POST", "logout")]
    [InlineData("POST", "logout/all")]
    [InlineData("POST", "user-action")]
    [InlineData("POST", "posts")]
    [InlineData("PUT", "users/1")]
    [InlineData("DELETE", "users/1")]
    [InlineData("DELETE", "products/1")]
    [InlineData("DELETE", "sessions/x")]
    public async Task Without_a_session_the_answer_is_401(string method, string path)
    {
        using var nobody = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var missing = await nobody.SendAsync(new HttpMethod(method), path, null);
        var invalid = await nobody.SendAsync(new HttpMethod(method), path, null, ("X-Session-ID", new string('A', 43)));

        await missing.ProblemAsync(HttpStatusCode.Unauthorized, "Missing session ID");
        await invalid.ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
    }

    [Fact]
    public async Task Cookies_that_we_did_not_sign_are_rejected()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        using var client = app.CreateClient();
        var cookie = Cookie(app, user);
        var signature = cookie[(cookie.IndexOf('.') + 1)..];
        string[] forged =
        [
            ".", user.Session!, $"{user.Session}.", $".{signature}", cookie[..^1], cookie[1..], cookie + "A", $"{cookie}.{signature}",
            $"{user.Session}.{new string('A', signature.Length)}",
            $"{other.Session}.{signature}",
            new SessionCookieSigner("the secret key of somebody else, 32 bytes").Sign(user.Session!),
        ];

        foreach (var value in forged)
        {
            var response = await client.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", $"session={value}"));
            await response.ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        }
    }

    [Fact]
    public async Task Tokens_that_are_not_ours_are_rejected()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var client = app.CreateClient();
        var token = user.Session!;
        string[] forged = [token[..^1], token + "A", token.ToUpperInvariant(), $"{token}.x", $"user:{user.UserId}", new string('x', 5000), Cookie(app, user)];

        foreach (var value in forged)
        {
            var response = await client.SendAsync(HttpMethod.Get, "protected", null, ("X-Session-ID", value));
            await response.ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        }
    }

    [Fact]
    public async Task The_header_wins_over_the_cookie()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();

        var both = await user.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", $"session={Cookie(app, other)}"));
        var wrongHeader = await other.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", $"session={Cookie(app, user)}"), ("X-Session-ID", "wrong"));

        Assert.Equal(user.UserId, (await both.JsonAsync()).GetProperty("user_id").GetInt32());
        await wrongHeader.ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
    }

    [Fact]
    public async Task Cookies_signed_by_an_earlier_key_stay_valid_as_long_as_it_is_listed()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var cookie = Cookie(app, user);
        const string NewKey = "a new secret key of more than 32 bytes, for tests";
        await using var rotated = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?>
        {
            ["SECRET_KEY"] = NewKey,
            ["Sessions__PreviousSecretKeys__0"] = "a secret key of more than 32 bytes, for tests",
        });
        await using var replaced = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?> { ["SECRET_KEY"] = NewKey });
        using var client = rotated.CreateClient();
        using var other = replaced.CreateClient();

        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", $"session={cookie}"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", $"session={cookie}"))).StatusCode);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_closed_session_is_closed_on_every_instance(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var here = await app.CreateClient().AsNewUserAsync();
        using var there = other.CreateClient();
        there.Session = here.Session;
        Assert.Equal(HttpStatusCode.OK, (await there.GetAsync("protected")).StatusCode);

        using var logout = await here.PostAsync("logout");

        Assert.Equal("logged_out", (await logout.JsonAsync()).GetProperty("status").GetString());
        await (await here.GetAsync("protected")).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        await (await there.GetAsync("protected")).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        var cookie = await there.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", $"session={Cookie(app, here)}"), ("X-Session-ID", here.Session!));
        await cookie.ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task An_expired_session_is_answered_like_one_that_never_was(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var brief = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?> { ["Sessions__AbsoluteLifetime"] = "00:00:01" });
        using var user = await brief.CreateClient().AsNewUserAsync();
        using var browser = brief.CreateClient();
        var cookie = ("Cookie", $"session={Cookie(app, user)}");

        await TestPolling.EventuallyAsync(
            async () => (await user.GetAsync("protected")).StatusCode == HttpStatusCode.Unauthorized, TimeSpan.FromSeconds(10), "the session to expire");

        await (await user.GetAsync("protected")).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        await (await browser.SendAsync(HttpMethod.Get, "protected", null, cookie)).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
        await (await browser.SendAsync(HttpMethod.Post, "user-action", null, cookie)).ProblemAsync(HttpStatusCode.Unauthorized, Invalid);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Origin", "http://127.0.0.1", false)]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Sec-Fetch-Site", "none", true)]
    [InlineData("Accept", "*/*", true)]
    public async Task A_page_of_another_origin_cannot_use_the_cookie_to_change_anything(string header, string value, bool allowed)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var browser = app.CreateClient();
        var cookie = ("Cookie", $"session={Cookie(app, user)}");

        var write = await browser.SendAsync(HttpMethod.Post, "user-action", null, cookie, (header, value));
        var read = await browser.SendAsync(HttpMethod.Get, "protected", null, cookie, (header, value));
        var byHeader = await user.SendAsync(HttpMethod.Post, "user-action", null, cookie, (header, value));

        Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, write.StatusCode);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.Equal(HttpStatusCode.OK, byHeader.StatusCode);
    }

    [Fact]
    public async Task A_page_of_this_origin_uses_the_cookie_in_a_browser_without_fetch_metadata()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var browser = app.CreateClient();

        var write = await browser.SendAsync(
            HttpMethod.Post, "user-action", null, ("Cookie", $"session={Cookie(app, user)}"), ("Origin", app.Address.GetLeftPart(UriPartial.Authority)));

        Assert.Equal(HttpStatusCode.OK, write.StatusCode);
    }

    private static string Cookie(TestApplication app, ApiClient user) =>
        app.Services.GetRequiredService<SessionCookieSigner>().Sign(user.Session!);
}
