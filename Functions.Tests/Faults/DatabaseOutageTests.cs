using System.Net;
using System.Net.Http.Json;
using Functions.Redis.Caching;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Faults;

/// <summary>What is still answered when PostgreSQL goes away, and what is not.</summary>
public sealed class DatabaseOutageTests(TestApplications applications)
{
    [Fact]
    public async Task Without_the_database_what_is_cached_is_served_sessions_live_and_the_rest_is_unavailable_until_it_is_back()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var first = await applications.StartNewAsync(redis.ConnectionString);
        var (proxy, postgres) = TcpProxy.StartBefore(first.Postgres);
        await using var closing = proxy;
        await using var app = await TestApplication.StartAsync(redis.ConnectionString, postgres);
        using var client = await app.CreateClient().AsNewUserAsync();
        string[] cached = ["products/1", "products/2", "products?limit=2", $"users/{client.UserId}", $"users/{client.UserId}/posts"];
        foreach (var path in cached)
        {
            Assert.Equal("miss", (await client.GetAsync(path)).Header("X-Cache"));
        }

        // As if ten minutes had passed for one of them.
        await using (var connection = await redis.ConnectAsync())
        {
            var prefix = app.Services.GetRequiredService<CacheOptions>().KeyPrefix;
            Assert.True(await connection.GetDatabase().KeyExpireAsync($"{prefix}{{product:2}}", TimeSpan.FromMinutes(59)));
        }

        proxy.RefuseConnections();
        proxy.CutConnections();

        foreach (var path in cached)
        {
            var response = await client.GetAsync(path);
            Assert.Equal((HttpStatusCode.OK, path == "products/2" ? "stale" : "hit"), (response.StatusCode, response.Header("X-Cache")));
        }

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("protected")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("user-action")).StatusCode);
        using var message = JsonContent.Create(new { recipient_id = client.UserId, content = "Once" });
        var key = ("Idempotency-Key", Unique.Name());
        HttpResponseMessage[] refused =
        [
            await client.GetAsync("products/3"),
            await client.GetAsync("search?q=chair"),
            await client.GetAsync("messages"),
            await client.PostAsync("login", new { email = client.Email, password = ApiClient.Password }),
            await client.SendAsync(HttpMethod.Post, "messages", message, key),
        ];
        foreach (var response in refused)
        {
            await response.ProblemAsync(HttpStatusCode.ServiceUnavailable);
            Assert.NotNull(response.Header("Retry-After"));
        }

        proxy.Resume();

        await TestPolling.EventuallyAsync(async () => (await client.GetAsync("products/3")).IsSuccessStatusCode, TimeSpan.FromSeconds(5), "the database to be used again");
        Assert.Equal("miss", (await client.GetAsync("products/2")).Header("X-Cache"));
        Assert.Equal(HttpStatusCode.Created, (await client.SendAsync(HttpMethod.Post, "messages", message, key)).StatusCode);
        Assert.Equal(1, await first.QueryAsync<long>($"SELECT count(*) FROM messages WHERE sender_id = {client.UserId}"));
    }
}
