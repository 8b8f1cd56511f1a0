using StackExchange.Redis;

namespace Functions.Tests.Servers;

/// <summary>What holds for every <see cref="IRedisServer"/>.</summary>
public sealed class RedisServerTests(RedisServers servers)
{
    public static TheoryData<RedisKind> EveryKind => [.. Enum.GetValues<RedisKind>()];

    [Theory, MemberData(nameof(EveryKind))]
    public async Task A_server_answers_pings_and_runs_scripts_that_read_its_clock(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var redis = await server.ConnectAsync();
        var database = redis.GetDatabase();

        Assert.True(await database.PingAsync() > TimeSpan.Zero);
        var time = (string[]?)await database.ScriptEvaluateAsync("return redis.call('TIME')");
        var clock = DateTimeOffset.FromUnixTimeSeconds(long.Parse(time![0], null));
        Assert.Equal(DateTimeOffset.UtcNow, clock, TimeSpan.FromSeconds(5));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_script_is_atomic_across_connections(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var one = await server.ConnectAsync();
        await using var two = await server.ConnectAsync();
        RedisKey counter = Unique.Name("counter");

        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => (i % 2 == 0 ? one : two).GetDatabase().ScriptEvaluateAsync(
            "redis.call('SET', KEYS[1], (tonumber(redis.call('GET', KEYS[1])) or 0) + 1)", [counter])));

        Assert.Equal(500, (long)await one.GetDatabase().StringGetAsync(counter));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Tests_share_one_server_of_a_kind(RedisKind kind)
    {
        Assert.Same(await servers.GetAsync(kind), await servers.GetAsync(kind));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Flushing_deletes_everything(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var redis = await server.ConnectAsync();
        var keys = Enumerable.Range(0, 10).Select(_ => Unique.Name()).ToArray();
        foreach (var key in keys)
            await redis.GetDatabase().StringSetAsync(key, "x");

        await server.FlushAsync();

        foreach (var key in keys)
            Assert.False(await redis.GetDatabase().KeyExistsAsync(key));
    }
}
