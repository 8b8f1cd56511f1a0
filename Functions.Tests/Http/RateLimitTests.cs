using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

public sealed partial class RateLimitTests(TestApplications applications)
{
    [Theory, ClassData<AnyRedis>]
    public async Task The_answer_tells_what_is_left(RedisKind kind)
    {
        using var client = (await applications.GetAsync(kind)).CreateClient();

        for (var remaining = 99; remaining >= 97; remaining--)
        {
            var response = await client.GetAsync("products/1");

            Assert.Equal("100", response.Header("X-RateLimit-Limit"));
            Assert.Equal($"{remaining}", response.Header("X-RateLimit-Remaining"));
            Assert.InRange(Number(response, "X-RateLimit-Reset"), DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 50, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 62);
            Assert.Equal("\"products\";q=100;w=60", response.Header("RateLimit-Policy"));
            var limit = RateLimitField().Match(response.Header("RateLimit")!);
            Assert.Equal("products", limit.Groups["policy"].Value);
            Assert.Equal($"{remaining}", limit.Groups["remaining"].Value);
            Assert.InRange(int.Parse(limit.Groups["reset"].Value, CultureInfo.InvariantCulture), 50, 60);
            Assert.Null(response.Header("Retry-After"));
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_rejected_request_is_told_when_to_come_back(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var beside = await TestApplications.StartBesideAsync(app, Setting("RateLimits__search__Limit", "1"));
        using var client = beside.CreateClient();
        await client.GetAsync("search?q=chair");

        var response = await client.GetAsync("search?q=chair");

        var problem = await response.ProblemAsync(HttpStatusCode.TooManyRequests, "Rate limit exceeded");
        Assert.Equal("https://iana.org/assignments/http-problem-types#quota-exceeded", problem.GetProperty("type").GetString());
        Assert.Equal("search", Assert.Single(problem.GetProperty("violated-policies").EnumerateArray()).GetString());
        Assert.Equal("1", response.Header("X-RateLimit-Limit"));
        Assert.Equal("0", response.Header("X-RateLimit-Remaining"));
        Assert.Equal("\"search\";q=1;w=60", response.Header("RateLimit-Policy"));
        var limit = RateLimitField().Match(response.Header("RateLimit")!);
        Assert.Equal("0", limit.Groups["remaining"].Value);
        Assert.InRange(Number(response, "Retry-After"), long.Parse(limit.Groups["reset"].Value, CultureInfo.InvariantCulture), 60);
        Assert.Equal("no-store", response.Header("Cache-Control"));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Concurrent_requests_over_several_instances_get_exactly_the_limit(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var here = app.CreateClient();
        using var there = other.CreateClient();

        var responses = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => number % 2 == 0
            ? here.GetAsync("search?q=chair")
            : there.SendAsync(HttpMethod.Get, "search?q=chair", null, ("X-Forwarded-For", here.Address))));

        Assert.Equal(30, responses.Count(response => response.StatusCode == HttpStatusCode.OK));
        Assert.Equal(30, responses.Count(response => response.StatusCode == HttpStatusCode.TooManyRequests));
        Assert.Equal(
            Enumerable.Range(0, 30),
            responses.Where(response => response.StatusCode == HttpStatusCode.OK).Select(response => (int)Number(response, "X-RateLimit-Remaining")).Order());
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_rejected_request_uses_up_nothing(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var beside = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?>
        {
            ["RateLimits__search__Limit"] = "2",
            ["RateLimits__search__WindowSeconds"] = "2",
        });
        using var client = beside.CreateClient();
        await client.GetAsync("search?q=chair");
        await client.GetAsync("search?q=chair");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await client.GetAsync("search?q=chair")).StatusCode);

        // Asks all the time: if rejected requests counted, none would ever be allowed again.
        await TestPolling.EventuallyAsync(
            async () => (await client.GetAsync("search?q=chair")).StatusCode == HttpStatusCode.OK, TimeSpan.FromSeconds(5), "the window to pass");
    }

    [Fact]
    public async Task Each_address_is_counted_for_itself_and_cannot_be_forged_in_front()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        using var neighbour = app.CreateClient();
        string[] spoofed = ["1.1.1.1", "2.2.2.2, 3.3.3.3", neighbour.Address, "unknown", "", "127.0.0.1:80"];

        for (var i = 0; i < 5; i++)
        {
            var allowed = await client.SendAsync(HttpMethod.Get, "expensive-operation", null, ("X-Forwarded-For", $"{spoofed[i]}, {client.Address}:{5000 + i}"));
            Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
        }

        var rejected = await client.SendAsync(HttpMethod.Get, "expensive-operation", null, ("X-Forwarded-For", $"{spoofed[5]}, {client.Address}"));
        Assert.Equal(HttpStatusCode.TooManyRequests, rejected.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await neighbour.GetAsync("expensive-operation")).StatusCode);
    }

    [Fact]
    public async Task An_IPv6_subscriber_is_counted_once_whatever_address_of_the_network_it_takes()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        var network = $"2001:db8:{Random.Shared.Next(65536):x}:{Random.Shared.Next(65536):x}";
        client.Http.DefaultRequestHeaders.Remove("X-Forwarded-For");

        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.OK, (await SendFromAsync($"{network}:{i:x}::{i + 1:x}")).StatusCode);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await SendFromAsync($"[{network}:abcd::7]:443")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendFromAsync("2001:db9::1")).StatusCode);

        Task<HttpResponseMessage> SendFromAsync(string address) =>
            client.SendAsync(HttpMethod.Get, "expensive-operation", null, ("X-Forwarded-For", address));
    }

    [Fact]
    public async Task Users_are_counted_apart_wherever_they_are()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var beside = await TestApplications.StartBesideAsync(app, Setting("RateLimits__user-action__Limit", "2"));
        using var user = await beside.CreateClient().AsNewUserAsync();
        using var other = await beside.CreateClient().AsNewUserAsync();

        foreach (var (address, expected) in new[] { ("10.255.0.1", HttpStatusCode.OK), ("10.255.0.2", HttpStatusCode.OK), ("10.255.0.3", HttpStatusCode.TooManyRequests) })
        {
            Assert.Equal(expected, (await user.SendAsync(HttpMethod.Post, "user-action", null, ("X-Forwarded-For", address))).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await other.PostAsync("user-action")).StatusCode);
    }

    [Fact]
    public async Task Settings_change_limit_and_window()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var beside = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?>
        {
            ["RateLimits__products__Limit"] = "7",
            ["RateLimits__products__WindowSeconds"] = "11",
        });
        using var client = beside.CreateClient();

        var response = await client.GetAsync("products");

        Assert.Equal("\"products\";q=7;w=11", response.Header("RateLimit-Policy"));
        Assert.Equal("6", response.Header("X-RateLimit-Remaining"));
    }

    [Theory]
    [InlineData("RateLimits__user-action__Limit")]
    [InlineData("RateLimits__user_action__Limit")]
    [InlineData("RATELIMITS__USER_ACTION__LIMIT")]
    public async Task A_setting_names_a_policy_with_a_hyphen_as_shells_allow(string setting)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var beside = await TestApplications.StartBesideAsync(app, Setting(setting, "3"));
        using var client = await beside.CreateClient().AsNewUserAsync();

        var response = await client.PostAsync("user-action");

        Assert.Equal("\"user-action\";q=3;w=60", response.Header("RateLimit-Policy"));
    }

    [Theory]
    [InlineData("GET", "products", "\"products\";q=100;w=60")]
    [InlineData("GET", "products/1", "\"products\";q=100;w=60")]
    [InlineData("GET", "users/1", "\"users\";q=100;w=60")]
    [InlineData("GET", "users/1/posts", "\"users\";q=100;w=60")]
    [InlineData("GET", "search?q=x", "\"search\";q=30;w=60")]
    [InlineData("GET", "expensive-operation", "\"expensive\";q=5;w=3600")]
    [InlineData("POST", "login", "\"login\";q=5;w=60")]
    [InlineData("POST", "register", "\"register\";q=5;w=60")]
    [InlineData("GET", "health/live", null)]
    public async Task Every_endpoint_has_the_limit_that_the_contract_says(string method, string path, string? policy)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        Assert.Equal(policy, (await client.SendAsync(new HttpMethod(method), path, null)).Header("RateLimit-Policy"));
    }

    private static Dictionary<string, string?> Setting(string name, string value) => new() { [name] = value };

    private static long Number(HttpResponseMessage response, string header) => long.Parse(response.Header(header)!, CultureInfo.InvariantCulture);

    [GeneratedRegex("""^"(?<policy>[a-z-]+)";r=(?<remaining>\d+);t=(?<reset>\d+)$""")]
    private static partial Regex RateLimitField();
}
