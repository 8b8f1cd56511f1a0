namespace Functions.Tests.Servers;

public sealed class CommandCounterTests
{
    [Theory, ClassData<AnyRedis>]
    public async Task Counts_what_was_executed_on_all_nodes_since_the_start(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var redis = await server.ConnectAsync();
        var database = redis.GetDatabase();
        var prefix = Unique.Name();
        await database.StringSetAsync(prefix, "before");

        var counter = await CommandCounter.StartAsync(server);
        for (var i = 0; i < 10; i++)
            await database.StringSetAsync($"{prefix}:{i}", "x");
        await database.StringGetAsync(prefix);
        await database.PingAsync();
        var calls = await counter.CountAsync();

        Assert.Equal(10, calls["set"]);
        Assert.Equal(1, calls["get"]);
        Assert.Empty(calls.Keys.Intersect(["info", "ping"]));
    }
}
