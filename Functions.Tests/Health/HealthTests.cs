using System.Net;
using Azure.Storage.Blobs;
using Functions.Data;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

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

    private sealed class BrokenStorage : IBlobStorage
    {
        public bool IsRunning => true;

        public ValueTask<BlobServiceClient> GetClientAsync(CancellationToken cancellationToken) => throw new IOException("secret-host cannot be reached");
    }
}
