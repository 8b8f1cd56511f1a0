using System.Diagnostics;
using Functions.Redis.Caching;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching;

/// <summary>What the first level serves while Redis is away, takes no writes, or only its messages do not arrive.</summary>
public sealed class CacheLocalOutageTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly RedisCacheEntryOptions Local = new() { LocalExpiration = TimeSpan.FromHours(1) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task While_Redis_is_stopped_kept_values_are_served_and_made_ones_kept(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var caches = new TestCaches(server, configure: options => options.LocalOutageExpiration = TimeSpan.FromHours(1));
        await caches[0].ReadAsync("heard", "heard", ["tag"], Local);
        await caches[0].HearsAsync();
        await caches[0].ReadAsync("key", "kept", ["tag"], Local);
        await server.StopAsync();

        Assert.Equal(("kept", CacheOutcome.Hit), Pair(await caches[0].ReadAsync("key", "made", ["tag"], Local)));
        Assert.Equal(("made", CacheOutcome.Bypass), Pair(await caches[0].ReadAsync("other", "made", ["tag"], Local)));
        Assert.Equal(("made", CacheOutcome.Hit), Pair(await caches[0].ReadAsync("other", "made again", ["tag"], Local)));
        await TestPolling.EventuallyAsync(() => Task.FromResult(!caches[0].HearsOfRemovals), Deadline, "the outage to be noticed");
        Assert.Equal("kept", (await caches[0].ReadAsync("key", "made", ["tag"], Local)).Value);
        Assert.Equal("made", (await caches[0].ReadAsync("other", "made again", ["tag"], Local)).Value);

        // What this process removes is gone, also where Redis cannot be told.
        await Assert.ThrowsAnyAsync<Exception>(() => caches[0].RemoveAsync("key", Cancellation).AsTask());
        await Assert.ThrowsAnyAsync<Exception>(() => caches[0].RemoveByTagAsync("tag", Cancellation).AsTask());
        Assert.Equal("new", (await caches[0].ReadAsync("key", "new", ["tag"], Local)).Value);
        Assert.Equal("new", (await caches[0].ReadAsync("other", "new", ["tag"], Local)).Value);
    }

    [Theory, InlineData("maxmemory"), InlineData("min-replicas-to-write"), InlineData("replica")]
    public async Task While_Redis_refuses_writes_values_are_served_from_both_levels_and_made_ones_kept(string reason)
    {
        await using var server = (RedisProcess)await RedisServers.StartNewAsync(RedisKind.Single);
        await using var caches = new TestCaches(server, configure: options => options.CircuitBreakDuration = TimeSpan.FromMinutes(1));
        await caches[0].ReadAsync("kept", "kept", ["tag"], Local);
        await caches[0].ReadAsync("stored", "stored", ["tag"]);
        await caches[0].HearsAsync();
        await caches.StoredAsync();
        await (reason == "replica"
            ? RespConnection.CallOnceAsync(server.Endpoint, "REPLICAOF", "127.0.0.1", "1") // Of a master that is not there: it serves what it has.
            : RespConnection.CallOnceAsync(server.Endpoint, "CONFIG", "SET", reason, "1"));

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(("made", CacheOutcome.Bypass), Pair(await caches[0].ReadAsync($"{i}", "made", ["tag"], Local)));
            Assert.Equal(("made", CacheOutcome.Hit), Pair(await caches[0].ReadAsync($"{i}", "made again", ["tag"], Local)));
        }

        Assert.Equal(("kept", CacheOutcome.Hit), Pair(await caches[0].ReadAsync("kept", "made", ["tag"], Local)));
        Assert.Equal(("stored", CacheOutcome.Hit), Pair(await caches[0].ReadAsync("stored", "made", ["tag"])));
        Assert.True(caches[0].HearsOfRemovals); // So nothing of it can have been removed unheard.
    }

    [Theory, InlineData(0), InlineData(500), InlineData(2_000)]
    public async Task With_the_connection_cut_what_others_remove_is_not_served_for_longer_than_allowed(int allowed)
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches([server.ConnectionString, proxy.ConnectionString], options =>
        {
            options.HeartbeatInterval = TimeSpan.FromMilliseconds(100);
            options.LocalOutageExpiration = TimeSpan.FromMilliseconds(allowed);
        });
        await caches[1].ReadAsync("heard", "heard", options: Local);
        await caches[1].HearsAsync();
        await caches[1].ReadAsync("key", "old", options: Local);
        await caches[1].KeepsAsync("key", Local);

        proxy.RefuseConnections();
        proxy.CutConnections();
        await caches[0].RemoveAsync("key", Cancellation);
        var removed = Stopwatch.StartNew();

        // The last heartbeat was sent before the connection was cut. Without one the cut may have to be noticed, in three intervals.
        var limit = TimeSpan.FromMilliseconds(Math.Max(allowed, 300));
        var reads = 0;
        while (true)
        {
            var asked = removed.Elapsed;
            var read = await caches[1].PeekAsync<string>("key", Local);
            if (asked > limit)
            {
                Assert.Equal(CacheOutcome.Bypass, read.Outcome);
                break;
            }

            reads += read.Value == "old" ? 1 : 0;
        }

        Assert.True(reads > 0 || allowed < 2_000, "A value was not served at all.");
    }

    [Fact]
    public async Task What_others_removed_meanwhile_is_gone_when_messages_arrive_again_however_long_is_allowed()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches([server.ConnectionString, proxy.ConnectionString], options =>
        {
            options.HeartbeatInterval = TimeSpan.FromMilliseconds(100);
            options.LocalOutageExpiration = TimeSpan.FromHours(1);
        });
        await caches[1].ReadAsync("heard", "heard", options: Local);
        await caches[1].HearsAsync();
        await caches[1].ReadAsync("key", "old", options: Local);

        proxy.RefuseConnections();
        proxy.CutConnections();
        await TestPolling.EventuallyAsync(() => Task.FromResult(!caches[1].HearsOfRemovals), Deadline, "the cut to be noticed");
        await caches[1].ReadAsync("made meanwhile", "old", options: Local);
        await caches[0].RemoveByTagAsync("*", Cancellation);
        Assert.Equal("old", (await caches[1].PeekAsync<string>("key", Local)).Value); // That is allowed here.
        Assert.Equal("old", (await caches[1].PeekAsync<string>("made meanwhile", Local)).Value);
        proxy.Resume();

        await caches[1].HearsAsync();
        Assert.NotEqual("old", (await caches[1].PeekAsync<string>("key", Local)).Value);
        Assert.NotEqual("old", (await caches[1].PeekAsync<string>("made meanwhile", Local)).Value);
    }

    [Fact]
    public async Task A_value_from_before_the_first_message_is_not_served_for_longer_than_allowed()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var caches = new TestCaches(server, 2, options => options.HeartbeatInterval = TimeSpan.FromMilliseconds(100));
        await caches[1].ReadAsync("key", "first", options: Local); // Kept before anything can be heard.
        var kept = Stopwatch.StartNew();
        await caches[1].HearsAsync();
        await caches.StoredAsync();

        // Redis loses it without a message, as if that had been missed.
        await (await caches.Connection().GetDatabaseAsync(Cancellation)).KeyDeleteAsync($"{caches.Prefix}{{key}}");
        await TestPolling.EventuallyAsync(
            async () =>
            {
                var asked = kept.Elapsed;
                var read = await caches[1].PeekAsync<string>("key", Local);
                Assert.False(asked > TimeSpan.FromMilliseconds(300) && read.Value == "first", "It was served for too long.");
                return read.Outcome == CacheOutcome.Miss;
            },
            Deadline,
            "the value to end");
    }

    private static (string Value, CacheOutcome Outcome) Pair(CacheEntry<string> entry) => (entry.Value, entry.Outcome);
}
