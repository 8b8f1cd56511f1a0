using System.Globalization;
using System.Net;
using Functions.Http;
using Functions.Http.Policies;
using Functions.Redis.RateLimiting;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Http;

/// <summary>Rate limits that no function of the application has: by session and header, of every algorithm, several on one function.</summary>
public sealed class RateLimitKindsTests(TestApplications applications)
{
    public static TheoryData<RedisKind, string, string> Rejections() =>
    [
        .. from kind in new[] { RedisKind.Garnet, RedisKind.Single, RedisKind.Cluster }
           from path in new[] { ("test/same", "same-day"), ("test/mixed", "mixed-address") }
           select new TheoryDataRow<RedisKind, string, string>(kind, path.Item1, path.Item2),
    ];

    [Theory, MemberData(nameof(Rejections))]
    public async Task A_request_that_the_second_limit_rejects_uses_up_nothing_of_the_first(RedisKind kind, string path, string wide)
    {
        await using var app = await StartAsync(kind);
        using var client = await app.CreateClient().AsNewUserAsync();
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(path)).StatusCode);

        for (var i = 0; i < 5; i++)
        {
            var rejected = await client.GetAsync(path);

            var problem = await rejected.ProblemAsync(HttpStatusCode.TooManyRequests, "Rate limit exceeded");
            var violated = Assert.Single(problem.GetProperty("violated-policies").EnumerateArray()).GetString()!;
            Assert.NotEqual(wide, violated);
            Assert.Contains($"\"{wide}\";r=8;t=", rejected.Header("RateLimit"));
            Assert.Contains($"\"{violated}\";r=0;t=", rejected.Header("RateLimit"));
            Assert.Equal(("2", "0"), (rejected.Header("X-RateLimit-Limit"), rejected.Header("X-RateLimit-Remaining")));
            Assert.InRange(int.Parse(rejected.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 60);
        }
    }

    [Fact]
    public async Task Every_policy_stands_in_the_fields_and_the_tightest_in_the_older_ones()
    {
        await using var app = await StartAsync(RedisKind.Garnet);
        using var client = await app.CreateClient().AsNewUserAsync();

        var response = await client.GetAsync("test/same");

        Assert.Equal("\"same-day\";q=10;w=86400, \"same-minute\";q=2;w=60", response.Header("RateLimit-Policy"));
        Assert.Matches("^\"same-day\";r=9;t=[0-9]+, \"same-minute\";r=1;t=[0-9]+$", response.Header("RateLimit")!);
        Assert.Equal(("2", "1"), (response.Header("X-RateLimit-Limit"), response.Header("X-RateLimit-Remaining")));
    }

    [Fact]
    public async Task Sessions_of_one_user_are_counted_apart_and_one_that_does_not_exist_is_not_counted()
    {
        await using var app = await StartAsync(RedisKind.Garnet);
        using var first = await app.CreateClient().AsNewUserAsync();
        using var second = await app.CreateClient().AsAsync(first.Email, ApiClient.Password);
        using var nobody = app.CreateClient();
        nobody.Session = new string('A', 43);

        await AnswersAsync([200, 200, 429], first, "test/session");
        await AnswersAsync([200, 200, 429], second, "test/session");
        // If it was counted it would be 429 soon.
        await AnswersAsync([401, 401, 401, 401, 401], nobody, "test/session");
        var limits = app.Services.GetRequiredService<RateLimits>();
        var handle = Functions.Redis.Sessions.SessionStore.IdOf(nobody.Session);
        await TestPolling.EventuallyAsync(
            async () => (await limits.AcquireAsync([new CountedLimit(new("session", 2, TimeSpan.FromMinutes(1)), $"s:{handle}")], 0)).Decisions[0].Remaining == 2,
            TimeSpan.FromSeconds(5), "the counts to be taken back");
    }

    [Fact]
    public async Task A_header_tells_who_is_counted_and_without_it_the_address_does()
    {
        await using var app = await StartAsync(RedisKind.Garnet);
        using var one = app.CreateClient();
        using var two = app.CreateClient();

        await AnswersAsync([200, 200, 429], one, "test/header", ("X-Api-Key", "key-1"));
        await AnswersAsync([429], two, "test/header", ("X-Api-Key", "key-1"));
        await AnswersAsync([200, 200, 429], two, "test/header", ("X-Api-Key", "key-2"));
        await AnswersAsync([200, 200, 429], one, "test/header");
        await AnswersAsync([200], two, "test/header");
    }

    [Fact]
    public async Task A_limit_by_address_counts_whether_the_session_is_valid_or_not()
    {
        await using var app = await StartAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var token = user.Session;

        user.Session = new string('A', 43);
        await AnswersAsync([401, 401], user, "test/address");
        user.Session = token;

        await AnswersAsync([429], user, "test/address");
    }

    [Fact]
    public async Task Concurrent_requests_are_limited_while_they_run()
    {
        await using var app = await StartAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        Gate.Close();
        var running = Enumerable.Range(0, 2).Select(_ => client.GetAsync("test/running")).ToArray();
        await TestPolling.EventuallyAsync(() => Task.FromResult(Gate.Waiting == 2), TimeSpan.FromSeconds(10), "both requests to run");

        var rejected = await client.GetAsync("test/running");
        Gate.Open();
        var done = await Task.WhenAll(running);
        var next = await client.GetAsync("test/running");

        await rejected.ProblemAsync(HttpStatusCode.TooManyRequests, "Rate limit exceeded");
        Assert.Equal("1", rejected.Header("Retry-After"));
        Assert.Equal("\"running\";q=2;qu=\"concurrent-requests\"", rejected.Header("RateLimit-Policy"));
        Assert.Equal("\"running\";r=0", rejected.Header("RateLimit"));
        Assert.All(done, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Settings_choose_another_algorithm()
    {
        await using var app = await StartAsync(RedisKind.Garnet, new() { ["RateLimits__header__Algorithm"] = "TokenBucket", ["RateLimits__header__WindowSeconds"] = "3600" });
        using var client = app.CreateClient();

        await AnswersAsync([200, 200, 429], client, "test/header");
        // One permit every half hour, not two at once after an hour.
        var rejected = await client.GetAsync("test/header");
        Assert.Equal(HttpStatusCode.TooManyRequests, rejected.StatusCode);
        Assert.InRange(int.Parse(rejected.Header("Retry-After")!, CultureInfo.InvariantCulture), 1_700, 1_800);
    }

    [Theory]
    [InlineData("RateLimits__header__Algorithm", "Leaky", "RateLimits__header__Algorithm: 'Leaky' is none of SlidingWindow, TokenBucket, FixedWindow, Concurrency.")]
    [InlineData("RateLimits__header__Outage", "Panic", "RateLimits__header__Outage: 'Panic' is none of EnforceLocally, Allow, Deny.")]
    [InlineData("RateLimits__header__WindowSeconds", "315360001", "RateLimits__header__WindowSeconds: '315360001' is not a whole number from 1 to 315360000.")]
    [InlineData("RateLimits__header__Limit", "0", "RateLimits__header__Limit: '0' is not a whole number of at least 1.")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string name, string value, string message)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(RedisKind.Garnet, new() { [name] = value }));

        Assert.Contains(message, error.ToString());
    }

    [Fact]
    public void A_limit_that_cannot_apply_stops_the_start_and_is_named()
    {
        var configuration = new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build();

        Assert.Contains("a limit by user or session needs [RequireSession]", Message<WithoutSession>());
        Assert.Contains("a limit by header must name the header", Message<WithoutHeader>());
        Assert.Contains("the function has it twice", Message<Twice>());
        Assert.Contains("its name may have", Message<BadName>());

        string Message<T>() => Assert.Throws<InvalidOperationException>(() => new RateLimitSettings(new FunctionCatalog(typeof(T)), configuration, new HttpOptions())).Message;
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_network_has_a_limit_of_its_own_where_the_setting_says_so(RedisKind kind)
    {
        await using var app = await TestApplications.StartBesideAsync(
            await applications.GetAsync(kind), new Dictionary<string, string?> { ["RateLimits__search__Limit"] = "2", ["Http__NetworkLimitFactor"] = "2" });
        using var client = app.CreateClient();
        var network = $"2001:db8:{Random.Shared.Next(1, 65536):x}";
        (string, string) From(int subnet) => ("X-Forwarded-For", $"{network}:{subnet:x}::1");

        await AnswersAsync([200, 200, 429], client, "search?q=chair", From(1));
        await AnswersAsync([200], client, "search?q=chair", From(2));
        var last = await client.SendAsync(HttpMethod.Get, "search?q=chair", null, From(3));
        var rejected = await client.SendAsync(HttpMethod.Get, "search?q=chair", null, From(4));
        await AnswersAsync([200], client, "search?q=chair", ("X-Forwarded-For", $"2001:db9:{Random.Shared.Next(1, 65536):x}::1"));

        Assert.Equal("\"search\";q=2;w=60, \"search-network\";q=4;w=60", last.Header("RateLimit-Policy"));
        Assert.Contains("\"search\";r=1;", last.Header("RateLimit"));
        Assert.Contains("\"search-network\";r=0;", last.Header("RateLimit"));
        Assert.Equal(("4", "0"), (last.Header("X-RateLimit-Limit"), last.Header("X-RateLimit-Remaining")));
        var problem = await rejected.ProblemAsync(System.Net.HttpStatusCode.TooManyRequests, "Rate limit exceeded");
        Assert.Equal("search-network", Assert.Single(problem.GetProperty("violated-policies").EnumerateArray()).GetString());
        Assert.Contains("\"search\";r=2;", rejected.Header("RateLimit")); // What the address had taken has been given back.
        Assert.NotNull(rejected.Header("Retry-After"));
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", "203.0.113.0/24")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0/24")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48")]
    [InlineData("::1", "::/64", "::/48")]
    public void A_client_is_counted_by_its_address_and_by_its_network(string address, string network, string wider)
    {
        var http = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        http.Connection.RemoteIpAddress = System.Net.IPAddress.Parse(address);
        var client = new ClientAddress(new HttpOptions());

        Assert.Equal((network, wider), (client.NetworkOf(http), client.WiderNetworkOf(http)));
    }

    private async Task<TestApplication> StartAsync(RedisKind kind, Dictionary<string, string?>? settings = null) =>
        await TestApplications.StartBesideAsync(await applications.GetAsync(kind), settings, builder => builder.Services.AddSingleton(
            new FunctionCatalog(typeof(FunctionApp).Assembly.GetExportedTypes().Append(typeof(Limited)))));

    private static async Task AnswersAsync(int[] expected, ApiClient client, string path, params (string, string)[] headers)
    {
        var statuses = new int[expected.Length];
        for (var i = 0; i < statuses.Length; i++)
            statuses[i] = (int)(await client.SendAsync(HttpMethod.Get, path, null, headers)).StatusCode;
        Assert.Equal(expected, statuses);
    }

    private static class Gate
    {
        private static TaskCompletionSource _gate = new();
        private static int _waiting;

        public static int Waiting => Volatile.Read(ref _waiting);

        public static void Close() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public static void Open() => _gate.SetResult();

        public static async Task PassAsync()
        {
            Interlocked.Increment(ref _waiting);
            await _gate.Task;
        }
    }

    internal sealed class Limited
    {
        [Function("TestSame"), RequireSession]
        [RateLimit("same-day", limit: 10, windowSeconds: 86400, Key = RateLimitKey.User)]
        [RateLimit("same-minute", limit: 2, windowSeconds: 60, Key = RateLimitKey.User)]
        public Ok Same([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "test/same")] HttpRequest request) => TypedResults.Ok();

        [Function("TestMixed"), RequireSession]
        [RateLimit("mixed-address", limit: 10, windowSeconds: 60)]
        [RateLimit("mixed-user", limit: 2, windowSeconds: 60, Key = RateLimitKey.User)]
        public Ok Mixed([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "test/mixed")] HttpRequest request) => TypedResults.Ok();

        [Function("TestSession"), RequireSession]
        [RateLimit("session", limit: 2, windowSeconds: 60, Key = RateLimitKey.Session)]
        public Ok Session([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "test/session")] HttpRequest request) => TypedResults.Ok();

        [Function("TestAddress"), RequireSession]
        [RateLimit("address", limit: 2, windowSeconds: 60)]
        public Ok Address([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "test/address")] HttpRequest request) => TypedResults.Ok();

        [Function("TestHeader")]
        [RateLimit("header", limit: 2, windowSeconds: 60, Key = RateLimitKey.Header, Header = "X-Api-Key")]
        public Ok Header([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "test/header")] HttpRequest request) => TypedResults.Ok();

        [Function("TestRunning")]
        [RateLimit("running", limit: 2, windowSeconds: 60, Algorithm = RateLimitAlgorithm.Concurrency)]
        public async Task<Ok> RunningAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "test/running")] HttpRequest request)
        {
            await Gate.PassAsync();
            return TypedResults.Ok();
        }
    }

    private sealed class WithoutSession
    {
        [Function("Test"), RateLimit("x", 1, 1, Key = RateLimitKey.User)]
        public Ok Run([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => TypedResults.Ok();
    }

    private sealed class WithoutHeader
    {
        [Function("Test"), RateLimit("x", 1, 1, Key = RateLimitKey.Header)]
        public Ok Run([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => TypedResults.Ok();
    }

    private sealed class Twice
    {
        [Function("Test"), RateLimit("x", 1, 1), RateLimit("x", 1, 1)]
        public Ok Run([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => TypedResults.Ok();
    }

    private sealed class BadName
    {
        [Function("Test"), RateLimit("x\"y", 1, 1)]
        public Ok Run([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => TypedResults.Ok();
    }
}
