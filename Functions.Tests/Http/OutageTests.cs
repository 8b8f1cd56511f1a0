using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

/// <summary>Servers of the tests' own, and an application on them that is warm before one is stopped.</summary>
public sealed class OutageTests(TestApplications applications) : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    private IRedisServer _redis = null!;
    private TestApplication _app = null!;
    private ApiClient _user = null!;
    private ApiClient _nobody = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServers.StartNewAsync(RedisKind.Single);
        _app = await applications.StartNewAsync(_redis.ConnectionString);
        _user = await _app.CreateClient().AsNewUserAsync();
        _nobody = _app.CreateClient();
        await _nobody.GetAsync("products/1");
    }

    public async ValueTask DisposeAsync()
    {
        _user.Dispose();
        _nobody.Dispose();
        await _app.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Without_Redis_reads_are_served_limits_hold_sessions_are_unavailable_and_health_says_so()
    {
        await _redis.StopAsync();

        await CachedReadsAreServedAsync();
        await LimitsHoldAsync();
        await SessionsAreUnavailableAsync();
        await HealthSaysSoAsync();

        await _redis.StartAsync();
        await TestPolling.EventuallyAsync(
            async () => (await _nobody.GetAsync("products/1")).Header("X-Cache") == "hit", TimeSpan.FromSeconds(10), "the cache to come back");
    }

    [Fact]
    public async Task What_was_made_is_answered_even_if_Redis_stops_meanwhile()
    {
        await using var users = await RowLock.TakeAsync(_app, "LOCK TABLE users IN SHARE MODE");
        var email = $"{Unique.Name()}@example.com";
        var registration = _nobody.SendAsync(
            HttpMethod.Post, "register", JsonContent.Create(new { email, name = "Ada", password = ApiClient.Password }), ("Idempotency-Key", Unique.Name()));
        await users.WaitUntilBlockingAsync();

        await _redis.StopAsync();
        await users.CommitAsync();

        Assert.Equal(HttpStatusCode.Created, (await registration).StatusCode);
    }

    [Fact]
    public async Task Without_the_database_the_answer_is_unavailable_and_names_no_host()
    {
        var (proxy, postgres) = TcpProxy.StartBefore(_app.Postgres);
        await using var closing = proxy;
        await using var app = await TestApplication.StartAsync(_app.Redis, postgres);
        using var client = app.CreateClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("search?q=chair")).StatusCode);
        proxy.RefuseConnections();
        proxy.CutConnections();

        // The first request may still find a connection of the pool that has been cut.
        for (var i = 0; i < 3; i++)
        {
            var response = await client.GetAsync("search?q=chair");
            await response.ProblemAsync(HttpStatusCode.ServiceUnavailable);
            Assert.NotNull(response.Header("Retry-After"));
            ShowsNoHost(await response.TextAsync());
        }

        var health = await client.GetAsync("health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal("unhealthy", (await health.JsonAsync()).GetProperty("checks").GetProperty("postgres").GetProperty("status").GetString());
        ShowsNoHost(await health.TextAsync());
    }

    private async Task CachedReadsAreServedAsync()
    {
        foreach (var path in new[] { "products/1", "products?limit=2", $"users/{_user.UserId}", $"users/{_user.UserId}/posts" })
        {
            var response = await _nobody.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("bypass", response.Header("X-Cache"));
        }
    }

    private async Task LimitsHoldAsync()
    {
        using var client = _app.CreateClient();
        using var neighbour = _app.CreateClient();
        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.GetAsync("expensive-operation")));

        Assert.Equal(5, responses.Count(response => response.StatusCode == HttpStatusCode.OK));
        var rejected = responses.First(response => response.StatusCode != HttpStatusCode.OK);
        await rejected.ProblemAsync(HttpStatusCode.TooManyRequests, "Rate limit exceeded");
        Assert.NotNull(rejected.Header("Retry-After"));
        Assert.All(responses, response => Assert.Equal("5", response.Header("X-RateLimit-Limit")));
        Assert.Equal(HttpStatusCode.OK, (await neighbour.GetAsync("expensive-operation")).StatusCode);
    }

    private async Task SessionsAreUnavailableAsync()
    {
        using var client = _app.CreateClient();
        HttpResponseMessage[] responses =
        [
            await _user.GetAsync("protected"),
            await _user.PostAsync("logout"),
            await _user.GetAsync($"users/{_user.UserId}"),
            await client.PostAsync("login", new { email = _user.Email, password = ApiClient.Password }),
        ];
        foreach (var response in responses)
        {
            await response.ProblemAsync(HttpStatusCode.ServiceUnavailable);
            Assert.NotNull(response.Header("Retry-After"));
            ShowsNoHost(await response.TextAsync());
        }

        await (await client.GetAsync("protected")).ProblemAsync(HttpStatusCode.Unauthorized, "Missing session ID");
    }

    private async Task HealthSaysSoAsync()
    {
        var started = Stopwatch.GetTimestamp();
        var response = await _nobody.GetAsync("health");

        Assert.True(Stopwatch.GetElapsedTime(started) < Soon);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var answer = await response.JsonAsync();
        Assert.Equal("unhealthy", answer.GetProperty("status").GetString());
        Assert.Equal("unhealthy", answer.GetProperty("checks").GetProperty("redis").GetProperty("status").GetString());
        Assert.Equal("healthy", answer.GetProperty("checks").GetProperty("postgres").GetProperty("status").GetString());
        ShowsNoHost(await response.TextAsync());
        Assert.Equal(HttpStatusCode.OK, (await _nobody.GetAsync("health/live")).StatusCode);
    }

    private static void ShowsNoHost(string text) =>
        Assert.DoesNotContain(new[] { "127.0.0.1", "localhost", "Exception", "   at ", "redis:", "connect" }, fragment => text.Contains(fragment, StringComparison.Ordinal));
}
