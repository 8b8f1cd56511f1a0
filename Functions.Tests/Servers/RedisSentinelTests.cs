namespace Functions.Tests.Servers;

public sealed class RedisSentinelTests
{
    [Fact]
    public async Task Connections_follow_a_failover_and_the_old_master_returns_as_replica()
    {
        await using var group = await RedisSentinel.StartNewAsync();
        await using var redis = await group.ConnectAsync();
        var before = await group.FindMasterAsync();
        await redis.GetDatabase().StringSetAsync("key", "before");

        var after = await group.FailOverAsync();

        Assert.NotSame(before, after);
        Assert.Same(after, await group.FindMasterAsync());
        await TestPolling.EventuallyAsync(async () => await redis.GetDatabase().StringSetAsync("key", "after"), TimeSpan.FromSeconds(15),
            "the connection to write to the new master");
        Assert.Equal("after", await after.CallAsync("GET", "key"));

        await group.StartAsync();
        Assert.Same(after, await group.FindMasterAsync());
        Assert.True(before.IsRunning);
    }
}
