using System.Net.Sockets;

namespace Functions.Tests.Servers;

public sealed class RedisOutageTests
{
    [Theory, MemberData(nameof(RedisServerTests.EveryKind), MemberType = typeof(RedisServerTests))]
    public async Task A_stopped_server_comes_back_at_the_same_address(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var redis = await server.ConnectAsync();
        var endpoints = server.Endpoints;
        var key = Unique.Name();
        await redis.GetDatabase().StringSetAsync(key, "lost");

        await server.StopAsync();
        Assert.Empty(server.Endpoints);
        foreach (var endpoint in endpoints)
            await Assert.ThrowsAsync<SocketException>(() => RespConnection.OpenAsync(endpoint));

        await server.StartAsync();
        await TestPolling.EventuallyAsync(async () => (await redis.GetDatabase().StringGetAsync(key)).IsNull, TimeSpan.FromSeconds(20),
            "the connection to come back, and the data to be gone");
    }
}
