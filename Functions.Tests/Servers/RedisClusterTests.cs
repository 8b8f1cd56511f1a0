namespace Functions.Tests.Servers;

public sealed class RedisClusterTests(RedisServers servers)
{
    [Fact]
    public async Task Every_slot_has_a_master_that_serves_it()
    {
        var cluster = await servers.GetAsync(RedisKind.Cluster);
        await using var redis = await cluster.ConnectAsync();
        var database = redis.GetDatabase();
        var prefix = Unique.Name();

        var keys = Enumerable.Range(0, 1_000).Select(i => $"{prefix}:{i}").ToArray();
        await Task.WhenAll(keys.Select(key => database.StringSetAsync(key, key)));

        Assert.Equal(keys, (await Task.WhenAll(keys.Select(key => database.StringGetAsync(key)))).Select(value => (string?)value));
        Assert.Equal(3, keys.Select(key => redis.GetHashSlot(key) * 3 / 16_384).Distinct().Count());
        var slots = (object?[])(await RespConnection.CallOnceAsync(cluster.Endpoints[0], "CLUSTER", "SLOTS"))!;
        Assert.Equal(16_384, slots.Cast<object?[]>().Sum(range => (long)range[1]! - (long)range[0]! + 1));
    }

    [Fact]
    public async Task A_replica_takes_over_from_a_killed_master()
    {
        await using var cluster = await RedisCluster.StartNewAsync(replicas: true);
        var killed = await cluster.FindMasterAsync("key");

        await killed.KillAsync();

        await TestPolling.EventuallyAsync(async () => await cluster.FindMasterAsync("key") is { IsRunning: true } next
            && await next.CallAsync("SET", "key", "value") is "OK", TimeSpan.FromSeconds(15), "a replica to serve the slots of the killed master");
    }
}
