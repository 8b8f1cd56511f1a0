using Functions.Redis.Connections;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.Connections;

public sealed class RedisScriptTests
{
    private static readonly RedisScript Script = RedisScript.Load("Caching/ensure_tag.lua");

    [Theory, ClassData<AnyRedis>]
    public async Task A_script_that_the_server_does_not_know_is_sent_once(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var redis = await server.ConnectAsync();
        await RunAsync(redis, "{tag}:1");
        foreach (var node in redis.GetServers())
            await node.ScriptFlushAsync();

        var counter = await CommandCounter.StartAsync(server);
        for (var i = 0; i < 10; i++)
            Assert.Equal("generation", await RunAsync(redis, $"{{tag}}:{i}"));
        var calls = await counter.CountAsync();

        Assert.Equal(1, calls["eval"]);
        Assert.Equal(10, calls["evalsha"]);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_script_runs_after_a_restart_of_the_server(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var redis = await server.ConnectAsync();
        await RunAsync(redis, "before");

        await server.StopAsync();
        await server.StartAsync();

        await TestPolling.EventuallyAsync(
            async () => await RunAsync(redis, "after") == "generation", TimeSpan.FromSeconds(20), "the script to run");
    }

    [Fact]
    public void A_script_that_is_not_embedded_is_a_mistake() =>
        Assert.Throws<InvalidOperationException>(() => RedisScript.Load("Caching/none.lua"));

    private static async Task<string?> RunAsync(IConnectionMultiplexer redis, string key) =>
        (string?)await Script.EvaluateAsync(redis.GetDatabase(), [key], ["generation", 60_000]);
}
