using System.Net;
using System.Net.Http.Json;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

/// <summary>Hosts in Development that nobody has given a <c>SECRET_KEY</c>, on one Redis.</summary>
public sealed class DevelopmentSecretKeyTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly Dictionary<string, string?> NoKey = new() { ["SECRET_KEY"] = null };

    [Theory, ClassData<AnyRedis>]
    public async Task A_cookie_of_one_is_good_for_the_other_and_a_repeated_request_is_known(RedisKind kind)
    {
        await using var redis = await RedisServers.StartNewAsync(kind);
        await using var one = await applications.StartNewAsync(redis.ConnectionString, NoKey);
        await using var two = await TestApplications.StartBesideAsync(one, NoKey);
        using var user = await one.CreateClient().AsNewUserAsync();
        using var there = two.CreateClient();
        there.Session = user.Session;

        var cookie = await CookieAsync(one, user);
        var (first, second) = (await PostAsync(user), await PostAsync(there));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(two, cookie));
        Assert.Equal((HttpStatusCode.Created, await first.TextAsync()), (second.StatusCode, await second.TextAsync()));
        foreach (var app in new[] { one, two })
        {
            Assert.Single(app.Log.Entries, entry => entry.Text.Contains("SECRET_KEY is not set", StringComparison.Ordinal));
        }

        static Task<HttpResponseMessage> PostAsync(ApiClient client) =>
            client.SendAsync(HttpMethod.Post, "posts", JsonContent.Create(new { title = "Title", body = "Body" }), ("Idempotency-Key", "key"));
    }

    [Fact]
    public async Task It_is_so_after_a_start_without_Redis_too_and_when_Redis_has_come_back_empty()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await redis.KillAsync();
        await using var one = await applications.StartNewAsync(redis.ConnectionString, NoKey);
        await redis.StartAsync();
        await using var two = await TestApplications.StartBesideAsync(one, NoKey);
        await IsSharedAsync(one, two);

        await redis.KillAsync();
        await redis.StartAsync();
        await using var three = await TestApplications.StartBesideAsync(one, NoKey);

        await IsSharedAsync(one, three);
        await IsSharedAsync(three, two);
    }

    private static async Task IsSharedAsync(TestApplication one, TestApplication other)
    {
        using var client = one.CreateClient();
        await TestPolling.EventuallyAsync(async () => (await client.GetAsync("health")).StatusCode == HttpStatusCode.OK, Deadline, "Redis to be back");
        using var user = await client.AsNewUserAsync();
        await TestPolling.EventuallyAsync(async () => await StatusAsync(other, await CookieAsync(one, user)) == HttpStatusCode.OK, Deadline, "the key to be shared");
    }

    private static async Task<string> CookieAsync(TestApplication app, ApiClient user)
    {
        using var client = app.CreateClient();
        using var login = await client.PostAsync("login", new { email = user.Email, password = ApiClient.Password });
        return login.Header("Set-Cookie")!.Split(';')[0];
    }

    private static async Task<HttpStatusCode> StatusAsync(TestApplication app, string cookie)
    {
        using var client = app.CreateClient();
        using var answer = await client.SendAsync(HttpMethod.Get, "protected", null, ("Cookie", cookie));
        return answer.StatusCode;
    }
}
