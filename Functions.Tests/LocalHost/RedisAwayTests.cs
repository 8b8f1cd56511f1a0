using System.Net;
using Functions.LocalHost;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.LocalHost;

/// <summary>A start while Redis is away, and with a Redis that lets nobody in.</summary>
public sealed class RedisAwayTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_host_starts_without_Redis_serves_what_it_can_and_heals()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await redis.StopAsync();
        await using var app = await applications.StartNewAsync($"{redis.ConnectionString},connectTimeout=1000");
        using var client = app.CreateClient();

        using var products = await client.GetAsync("products");
        using var login = await client.PostAsync("login", new { email = "nobody@example.com", password = ApiClient.Password });
        using var health = await client.GetAsync("health");

        Assert.Equal((HttpStatusCode.OK, "bypass"), (products.StatusCode, products.Header("X-Cache")));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, login.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);

        await redis.StartAsync();
        await TestPolling.EventuallyAsync(async () => (await client.GetAsync("health")).StatusCode == HttpStatusCode.OK, Deadline, "the host to find Redis");
        using var sender = await app.CreateClient().AsNewUserAsync();
        using var recipient = await app.CreateClient().AsNewUserAsync();
        using var sent = await sender.PostAsync("messages", new { recipient_id = recipient.UserId, content = "Hello" });
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        await TestPolling.EventuallyAsync(
            async () => (await (await recipient.GetAsync("notifications")).JsonAsync()).GetProperty("items").GetArrayLength() == 1, Deadline, "triggers to run");
    }

    [Theory]
    [InlineData("right-password", "", "asks for a password")]
    [InlineData("right-password", ",password=wrong-password", "the password is wrong")]
    [InlineData("right-password", ",user=nobody,password=right-password", "the password is wrong")]
    public async Task A_server_that_lets_nobody_in_stops_the_start_with_one_line(string password, string connection, string reason)
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await redis.CallAsync("CONFIG", "SET", "requirepass", password);

        var failure = await Assert.ThrowsAsync<LocalHostStartException>(() => applications.StartNewAsync(redis.ConnectionString + connection));

        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Contains(redis.ConnectionString, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("-password", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }
}
