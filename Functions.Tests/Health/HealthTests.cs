using System.Diagnostics;
using System.Globalization;
using System.Net;
using Azure.Storage.Blobs;
using Functions.Data;
using Functions.Health;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Functions.Tests.Health;

public sealed class HealthTests(TestApplications applications)
{
    [Theory, ClassData<AnyRedis>]
    public async Task Everything_works(RedisKind kind)
    {
        await using var app = await StartAsync(kind);
        using var client = app.CreateClient();

        var response = await client.GetAsync("health");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("no-store", response.Header("Cache-Control"));
        var answer = await response.JsonAsync();
        Assert.Equal("healthy", answer.GetProperty("status").GetString());
        var checks = answer.GetProperty("checks");
        Assert.All(checks.EnumerateObject(), check => Assert.Equal("healthy", check.Value.GetProperty("status").GetString()));
        foreach (var name in new[] { "redis", "postgres", "storage" })
        {
            Assert.True(checks.GetProperty(name).GetProperty("latency_ms").GetDouble() >= 0);
        }

        Assert.Matches(@"^\d+(\.\d+)?M$", checks.GetProperty("redis_memory").GetProperty("used").GetString());
    }

    [Fact]
    public async Task Without_storage_the_state_is_degraded_and_requests_are_served()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var beside = await TestApplications.StartBesideAsync(
            app, configure: builder => builder.Services.AddSingleton<IBlobStorage>(new BrokenStorage()));
        using var client = beside.CreateClient();

        var response = await client.GetAsync("health");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answer = await response.JsonAsync();
        Assert.Equal("degraded", answer.GetProperty("status").GetString());
        Assert.Equal("degraded", answer.GetProperty("checks").GetProperty("storage").GetProperty("status").GetString());
        Assert.DoesNotContain("secret-host", await response.TextAsync());
    }

    [Fact]
    public async Task Servers_are_asked_once_for_everybody_who_asks_within_two_seconds()
    {
        var storage = new CountingStorage();
        await using var beside = await TestApplications.StartBesideAsync(
            await applications.GetAsync(RedisKind.Garnet), configure: builder => builder.Services.AddSingleton<IBlobStorage>(storage));
        using var client = beside.CreateClient();
        var elapsed = Stopwatch.StartNew();

        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => client.GetAsync("health")));
        await client.GetAsync("health");

        Assert.True(storage.Asked == 1 || elapsed.Elapsed > TimeSpan.FromSeconds(2), $"{storage.Asked} times");
        await TestPolling.EventuallyAsync(
            async () => (await client.GetAsync("health")).IsSuccessStatusCode && storage.Asked > 1, TimeSpan.FromSeconds(10), "a new look at the servers");
        Assert.True(elapsed.Elapsed > TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_server_that_hangs_is_down_after_two_seconds_and_is_not_asked_again_meanwhile()
    {
        var time = new FakeTimeProvider();
        var hanging = new TaskCompletionSource<HealthCheck>();
        var asked = 0;
        var probe = new HealthProbe(
            "server",
            HealthStatus.Degraded,
            () =>
            {
                Interlocked.Increment(ref asked);
                return hanging.Task;
            },
            TimeSpan.FromSeconds(2),
            time,
            NullLogger.Instance);

        for (var check = 0; check < 3; check++)
        {
            var answer = probe.CheckAsync();
            await TestPolling.EventuallyAsync(() => Task.FromResult(asked == 1), TimeSpan.FromSeconds(10), "the question");
            Assert.False(answer.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal((HealthStatus.Degraded, 2_000), ((await answer).Status, (await answer).LatencyMs));
        }

        hanging.SetResult(new HealthCheck(HealthStatus.Healthy));
        Assert.Equal(HealthStatus.Healthy, (await probe.CheckAsync()).Status);
        Assert.InRange(asked, 1, 2); // The answer that came at last, or a new one.
    }

    [Theory]
    [InlineData("used_memory:943718400\r\nmaxmemory:1048576000\r\n", HealthStatus.Degraded, "900M", "900M of 1000M are in use")]
    [InlineData("used_memory:943718399\r\nused_memory_rss:2000000000\r\nmaxmemory:1048576000\r\nmaxmemory_human:1000M\r\n", HealthStatus.Healthy, "900M", null)]
    [InlineData("used_memory:943718400\r\nmaxmemory:0\r\n", HealthStatus.Healthy, "900M", null)]
    [InlineData("proc_physical_memory_size:104857600\r\n", HealthStatus.Healthy, "100M", null)]
    public void Memory_is_compared_with_its_limit(string info, HealthStatus status, string used, string? note)
    {
        var check = RedisMemory.Check([RedisMemory.Parse(info)]);

        Assert.Equal((status, used, note), (check.Status, check.Used, check.Note));
    }

    [Fact]
    public void Of_several_servers_the_fullest_counts()
    {
        var check = RedisMemory.Check([new(10 << 20, 100 << 20), new(95 << 20, 100 << 20), new(1 << 20, 0)]);

        Assert.Equal((HealthStatus.Degraded, "106M", "95M of 100M are in use"), (check.Status, check.Used, check.Note));
    }

    [Fact]
    public async Task A_server_that_is_nearly_full_degrades_the_state()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await applications.StartNewAsync(
            redis.ConnectionString, configure: builder => builder.Services.AddSingleton<IBlobStorage>(new UnusedStorage()));
        using var client = app.CreateClient();
        await using var connection = await redis.ConnectAsync();
        var server = connection.GetServer(redis.Endpoint);
        await connection.GetDatabase().StringSetAsync("filling", new byte[16 * 1024 * 1024]);
        Assert.Equal("healthy", await StatusAsync()); // No limit.

        await TestPolling.EventuallyAsync(() => IsAsync("degraded", used => used * 20 / 19), TimeSpan.FromSeconds(20), "the next look");
        await TestPolling.EventuallyAsync(() => IsAsync("healthy", used => used * 2), TimeSpan.FromSeconds(20), "the next look");

        // Of what is in use some is not for long: buffers of clients.
        async Task<bool> IsAsync(string status, Func<long, long> maximum)
        {
            var used = (await server.InfoAsync("memory")).SelectMany(section => section).Single(field => field.Key == "used_memory").Value;
            await server.ConfigSetAsync("maxmemory", maximum(long.Parse(used, CultureInfo.InvariantCulture)));
            return await StatusAsync() == status;
        }

        async Task<string?> StatusAsync() =>
            (await (await client.GetAsync("health")).JsonAsync()).GetProperty("checks").GetProperty("redis_memory").GetProperty("status").GetString();
    }

    [Fact]
    public async Task Being_alive_is_all_that_liveness_tells()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var response = await client.GetAsync("health/live");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"status":"alive"}""", await response.TextAsync());
    }

    private async Task<TestApplication> StartAsync(RedisKind kind) => await TestApplications.StartBesideAsync(
        await applications.GetAsync(kind), configure: builder => builder.Services.AddSingleton<IBlobStorage>(new UnusedStorage()));

    private sealed class UnusedStorage : IBlobStorage
    {
        public bool IsRunning => false;

        public ValueTask<BlobServiceClient> GetClientAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class CountingStorage : IBlobStorage
    {
        private int _asked;

        public int Asked => _asked;

        public bool IsRunning
        {
            get
            {
                Interlocked.Increment(ref _asked);
                return false;
            }
        }

        public ValueTask<BlobServiceClient> GetClientAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class BrokenStorage : IBlobStorage
    {
        public bool IsRunning => true;

        public ValueTask<BlobServiceClient> GetClientAsync(CancellationToken cancellationToken) => throw new IOException("secret-host cannot be reached");
    }
}
