using System.Net;
using System.Threading.RateLimiting;
using Functions.Redis.Connections;
using Functions.Redis.RateLimiting;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Functions.Tests.RateLimiting;

/// <summary>The limiters in ASP.NET Core's own rate-limiting middleware.</summary>
public sealed class AspNetMiddlewareTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RateLimitAlgorithm.SlidingWindow)]
    [InlineData(RateLimitAlgorithm.TokenBucket)]
    [InlineData(RateLimitAlgorithm.FixedWindow)]
    public async Task Two_instances_share_a_global_limit_by_caller(RateLimitAlgorithm algorithm)
    {
        var server = await servers.GetAsync(RedisKind.Garnet);
        var policy = new RateLimitPolicy("middleware", 3, TimeSpan.FromMinutes(1), Algorithm: algorithm);
        await using var one = await StartAsync(server, policy, "/");
        await using var two = await StartAsync(server, policy, "/");
        var (caller, other) = (Unique.Name(), Unique.Name());

        var responses = new List<HttpResponseMessage>();
        for (var i = 0; i < 5; i++)
            responses.Add(await GetAsync(i % 2 == 0 ? one : two, caller));

        Assert.Equal([200, 200, 200, 429, 429], responses.Select(response => (int)response.StatusCode));
        Assert.InRange(responses[3].Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(two, other)).StatusCode);
    }

    [Fact]
    public async Task The_middleware_gives_concurrency_permits_back()
    {
        var server = await servers.GetAsync(RedisKind.Garnet);
        var policy = new RateLimitPolicy("running", 2, TimeSpan.FromMinutes(1), Algorithm: RateLimitAlgorithm.Concurrency);
        await using var app = await StartAsync(server, policy, "/");
        var caller = Unique.Name();

        // More than the limit, one after the other; a release is sent, not awaited, before the answer.
        for (var i = 0; i < 10; i++)
        {
            await TestPolling.EventuallyAsync(
                async () => (await GetAsync(app, caller)).StatusCode == HttpStatusCode.OK, TimeSpan.FromSeconds(5), "a permit");
        }
    }

    private static async Task<HttpResponseMessage> GetAsync(WebApplication app, string caller)
    {
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        client.DefaultRequestHeaders.Add("X-Caller", caller);
        return await client.GetAsync("/", Cancellation);
    }

    private static async Task<WebApplication> StartAsync(IRedisServer server, RateLimitPolicy policy, string path)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddRedis(new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Redis"] = server.ConnectionString }).Build());
        builder.Services.AddRedisRateLimits();
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<RateLimiterOptions>().Configure<RateLimits>((options, limits) =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.GlobalLimiter = limits.CreatePartitioned<HttpContext>(policy, http => http.Request.Headers["X-Caller"].ToString());
            options.OnRejected = (context, _) =>
            {
                if (context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter))
                    context.HttpContext.Response.Headers.RetryAfter = $"{Math.Ceiling(retryAfter.TotalSeconds)}";
                return ValueTask.CompletedTask;
            };
        });
        var app = builder.Build();
        app.UseRateLimiter();
        app.MapGet(path, () => "ok");
        await app.StartAsync(Cancellation);
        return app;
    }
}
