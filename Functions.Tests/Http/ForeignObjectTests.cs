using System.Net;
using System.Net.Http.Json;
using Functions.Http;
using Functions.Http.Policies;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

/// <summary>
/// Another user's objects, with their ids guessed, on every endpoint that takes one. Whoever adds an endpoint with a route parameter has
/// to say here who may use it.
/// </summary>
public sealed class ForeignObjectTests(TestApplications applications)
{
    // Anybody may read these; what the owner alone sees is left out (tested below).
    private static readonly string[] Public = ["GetProduct", "GetUser", "ListPosts"];

    private static readonly FunctionDescriptor[] WithObject =
    [
        .. new FunctionCatalog(typeof(FunctionApp).Assembly).All.Where(function =>
            function.Http is not null && function.Name != NotFoundFunctions.Name && function.Route.Contains('{')),
    ];

    [Fact]
    public async Task Nobody_reads_or_changes_what_belongs_to_another_user()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var owner = await app.CreateClient().AsNewUserAsync();
        using var stranger = await app.CreateClient().AsNewUserAsync();
        var handle = (await (await owner.GetAsync("sessions")).JsonAsync()).GetProperty("items")[0].GetProperty("id").GetString()!;

        foreach (var function in WithObject.Where(function => !Public.Contains(function.Name)))
        {
            var path = function.Route["api/".Length..];
            var id = path.StartsWith("sessions/", StringComparison.Ordinal) ? handle : $"{owner.UserId}";
            path = System.Text.RegularExpressions.Regex.Replace(path, "{[^}]*}", id);
            foreach (var method in function.HttpMethods)
            {
                var content = method is "PUT" or "POST" ? JsonContent.Create(new { name = "Mallory" }) : null;
                var response = await stranger.SendAsync(new HttpMethod(method), path, content);
                Assert.True(
                    response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound,
                    $"{method} {path} ({function.Name}) answered a stranger with {(int)response.StatusCode}.");
                if (function.Policy<RequireAdminAttribute>() is not null)
                    Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            }
        }

        Assert.Equal(HttpStatusCode.OK, (await owner.GetAsync("protected")).StatusCode);
        var user = await (await owner.GetAsync($"users/{owner.UserId}")).JsonAsync();
        Assert.Equal(("Test User", owner.Email), (user.GetProperty("name").GetString(), user.GetProperty("email").GetString()));
    }

    [Fact]
    public async Task What_only_the_owner_sees_is_never_shown_to_others_whoever_asked_first()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var owner = await app.CreateClient().AsNewUserAsync();
        using var stranger = await app.CreateClient().AsNewUserAsync();
        using var nobody = app.CreateClient();
        using var admin = await app.CreateClient().AsAdminAsync();
        var path = $"users/{owner.UserId}";

        for (var round = 0; round < 2; round++)
        {
            foreach (var (client, sees) in new[] { (owner, true), (stranger, false), (admin, true), (nobody, false), (owner, true), (stranger, false) })
            {
                var response = await client.GetAsync(path);
                Assert.Equal(sees, (await response.JsonAsync()).TryGetProperty("email", out _));
                Assert.Contains("X-Session-ID", response.Header("Vary"));
            }
        }
    }

    [Fact]
    public async Task Every_endpoint_that_changes_something_refuses_the_cookie_from_another_origin()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var browser = app.CreateClient();
        var signer = (Functions.Redis.Sessions.SessionCookieSigner)app.Services.GetService(typeof(Functions.Redis.Sessions.SessionCookieSigner))!;
        var cookie = $"session={signer.Sign(user.Session!)}";
        var changing = new FunctionCatalog(typeof(FunctionApp).Assembly).All.Where(function =>
            function.Http is not null && function.Name != NotFoundFunctions.Name && function.Policy<RequireSessionAttribute>() is not null);

        foreach (var function in changing)
        {
            var path = System.Text.RegularExpressions.Regex.Replace(function.Route["api/".Length..], "{[^}]*}", "1");
            foreach (var method in function.HttpMethods.Where(method => method is not ("GET" or "HEAD")))
            {
                foreach (var header in new[] { ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site") })
                {
                    var response = await browser.SendAsync(new HttpMethod(method), path, null, ("Cookie", cookie), header);
                    await response.ProblemAsync(HttpStatusCode.Forbidden, "The request comes from another origin");
                }
            }
        }

        Assert.Equal(HttpStatusCode.OK, (await user.GetAsync("protected")).StatusCode);
    }

    [Fact]
    public async Task A_session_that_the_attacker_knows_is_not_the_one_that_a_login_opens()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var attacker = await app.CreateClient().AsNewUserAsync();
        using var victim = await app.CreateClient().AsNewUserAsync();
        var signer = (Functions.Redis.Sessions.SessionCookieSigner)app.Services.GetService(typeof(Functions.Redis.Sessions.SessionCookieSigner))!;
        using var browser = app.CreateClient();

        // The victim's browser was given the attacker's cookie, and then signs in.
        var login = await browser.SendAsync(
            HttpMethod.Post, "login", JsonContent.Create(new { email = victim.Email, password = ApiClient.Password }),
            ("Cookie", $"session={signer.Sign(attacker.Session!)}"));

        var token = (await login.JsonAsync()).GetProperty("session_id").GetString();
        Assert.NotEqual(attacker.Session, token);
        Assert.StartsWith($"session={token}.", Uri.UnescapeDataString(login.Header("Set-Cookie")!));
        Assert.Equal(attacker.UserId, (await (await attacker.GetAsync("protected")).JsonAsync()).GetProperty("user_id").GetInt32());
    }
}
