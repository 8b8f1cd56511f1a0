using System.Diagnostics;
using Functions.Redis.Caching;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Tests.Caching;

/// <summary>The first level over several instances.</summary>
public sealed class CacheLocalTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly RedisCacheEntryOptions Local = new() { LocalExpiration = TimeSpan.FromHours(1) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(RedisKind.Garnet), InlineData(RedisKind.Single)]
    public async Task A_kept_value_is_served_without_a_command(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var caches = new TestCaches(server, configure: options => options.HeartbeatInterval = TimeSpan.FromMinutes(1));
        await caches[0].ReadAsync("key", "value", ["tag"], Local);
        await caches[0].KeepsAsync("key", Local);
        await caches[0].HearsAsync(); // Its first heartbeat is behind it.
        await caches.StoredAsync();

        var counter = await CommandCounter.StartAsync(server);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(CacheOutcome.Hit, (await caches[0].ReadAsync("key", "other", ["tag"], Local)).Outcome);
            Assert.Equal("value", await caches[0].GetOrCreateAsync(
                "key", _ => ValueTask.FromResult("other"), new() { LocalCacheExpiration = TimeSpan.FromHours(1) }, cancellationToken: Cancellation));
            Assert.Equal((true, "value"), await caches[0].TryGetAsync<string>("key", Local, Cancellation));
        }

        Assert.Empty(await counter.CountAsync());
    }

    [Fact]
    public async Task Nothing_is_kept_for_who_does_not_ask_for_it()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        await caches[0].ReadAsync("asked", "value", options: Local);
        await caches[0].KeepsAsync("asked", Local);
        await caches[0].ReadAsync("key", "value");

        foreach (var options in new RedisCacheEntryOptions?[] { null, new() { LocalExpiration = TimeSpan.Zero } })
        {
            Assert.NotSame((await caches[0].PeekAsync<string>("key", options)).Value, (await caches[0].PeekAsync<string>("key", options)).Value);
            Assert.NotSame((await caches[0].PeekAsync<string>("asked", options)).Value, (await caches[0].PeekAsync<string>("asked", options)).Value);
        }

        var flags = Local with { Flags = HybridCacheEntryFlags.DisableLocalCache };
        Assert.NotSame((await caches[0].ReadAsync("asked", "", options: flags)).Value, (await caches[0].ReadAsync("asked", "", options: flags)).Value);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Removing_and_replacing_drop_what_other_instances_keep_soon_and_what_this_one_keeps_at_once(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        (string Name, Func<RedisHybridCache, Task> RemoveAsync)[] removals =
        [
            ("key", cache => cache.RemoveAsync("key").AsTask()),
            ("tag", cache => cache.RemoveByTagAsync("tag").AsTask()),
            ("told tag", cache => cache.RemoveByTagAsync("told").AsTask()),
            ("everything", cache => cache.RemoveByTagAsync("*").AsTask()),
            ("set", cache => cache.SetAsync("key", "new").AsTask()),
        ];
        foreach (var (name, removeAsync) in removals)
        {
            for (var i = 0; i < 2; i++)
            {
                await caches[i].ReadAsync("key", Tell("old"), ["tag"], Local);
                await caches[i].KeepsAsync("key", Local);
            }

            await removeAsync(caches[0]);

            Assert.NotEqual("old", (await caches[0].PeekAsync<string>("key", Local)).Value);
            await TestPolling.EventuallyAsync(
                async () => (await caches[1].PeekAsync<string>("key", Local)).Value != "old", Deadline, $"the other instance to drop what was removed by {name}");
            await caches[0].RemoveAsync("key", Cancellation);
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_value_that_was_made_while_its_tag_was_removed_is_not_kept(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        await caches[1].ReadAsync("witness", "value", ["tag"], Local);
        await caches[1].KeepsAsync("witness", Local);
        var factory = new SlowFactory<string>("old");
        var read = caches[1].ReadAsync("key", factory.RunAsync, ["tag"], Local);
        await factory.Started;

        await caches[0].RemoveByTagAsync("tag", Cancellation);
        await TestPolling.EventuallyAsync(
            async () => (await caches[1].PeekAsync<string>("witness", Local)).Outcome == CacheOutcome.Miss, Deadline, "the message to arrive");
        factory.Release();
        await read;

        Assert.Equal(CacheOutcome.Miss, (await caches[1].PeekAsync<string>("key", Local)).Outcome);
    }

    [Fact]
    public async Task A_value_whose_tags_were_learned_while_it_was_waited_for_is_dropped_with_them()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), 2);
        await caches[1].ReadAsync("warm", "value", options: Local);
        await caches[1].KeepsAsync("warm", Local);
        await caches[0].ReadAsync("key", Tell("first"));
        await caches[0].RemoveByTagAsync("told", Cancellation);
        var factory = new SlowFactory<string>("old", context => context.AddTag("told"));
        var filling = caches[0].ReadAsync("key", factory.RunAsync);
        await factory.Started;
        var waiting = caches[1].ReadAsync("key", "not called", options: Local); // Sees the entry that was removed, and its tags.
        await caches[1].PeekAsync<string>("key");
        factory.Release();
        await filling;
        Assert.Equal("old", (await waiting).Value);

        await caches[0].RemoveByTagAsync("told", Cancellation);

        await TestPolling.EventuallyAsync(
            async () => (await caches[1].PeekAsync<string>("key", Local)).Outcome == CacheOutcome.Miss, Deadline, "the removed value to be dropped");
    }

    [Fact]
    public async Task A_removal_during_an_interruption_is_not_missed_and_values_are_kept_again_afterwards()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches(
            [server.ConnectionString, proxy.ConnectionString], options => options.HeartbeatInterval = TimeSpan.FromMilliseconds(100));
        await caches[1].ReadAsync("key", "old", options: Local);
        await caches[1].KeepsAsync("key", Local);

        proxy.RefuseConnections();
        proxy.CutConnections();
        await caches[0].RemoveAsync("key", Cancellation);
        await TestPolling.EventuallyAsync(
            async () => (await caches[1].PeekAsync<string>("key", Local)).Outcome == CacheOutcome.Bypass, Deadline, "the first level to be off");
        proxy.Resume();

        await TestPolling.EventuallyAsync(async () =>
        {
            var read = await caches[1].ReadAsync("key", "new", options: Local);
            Assert.NotEqual("old", read.Value);
            return read.Outcome == CacheOutcome.Hit;
        }, TimeSpan.FromSeconds(20), "hits");
        await caches[1].KeepsAsync("key", Local);
    }

    [Fact]
    public async Task Removals_while_only_the_subscription_is_cut_again_and_again_are_not_missed()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var caches = new TestCaches(server, 2, options => options.HeartbeatInterval = TimeSpan.FromMilliseconds(50));
        for (var round = 0; round < 8; round++)
        {
            await caches[1].ReadAsync("key", $"{round}", options: Local);
            await caches[1].KeepsAsync("key", Local);

            await RespConnection.CallOnceAsync(server.Endpoints[0], "CLIENT", "KILL", "TYPE", "pubsub");
            await caches[0].RemoveAsync("key", Cancellation);

            await TestPolling.EventuallyAsync(
                async () => (await caches[1].PeekAsync<string>("key", Local)).Outcome == CacheOutcome.Miss, Deadline, "the removed value to be dropped");
        }
    }

    [Fact]
    public async Task Without_heartbeats_it_is_off_after_three_intervals()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches([proxy.ConnectionString], options =>
        {
            options.HeartbeatInterval = TimeSpan.FromMilliseconds(800);
            options.RedisTimeout = TimeSpan.FromMilliseconds(500);
        });
        await caches[0].ReadAsync("key", "value", options: Local);
        await caches[0].KeepsAsync("key", Local);

        var elapsed = Stopwatch.StartNew();
        proxy.SwallowEverything();

        await TestPolling.EventuallyAsync(
            async () => (await caches[0].PeekAsync<string>("key", Local)).Outcome == CacheOutcome.Bypass, Deadline, "the first level to be off");
        Assert.InRange(elapsed.ElapsedMilliseconds, 1_200, 4_800); // The client's own timeout is 5 s.
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_kept_value_does_not_outlive_the_entry(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        var options = Local with { Expiration = TimeSpan.FromSeconds(3) };
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);
        foreach (var cache in new[] { caches[0], caches[1] })
        {
            await cache.ReadAsync("warm", "value", options: Local);
            await cache.KeepsAsync("warm", Local);
        }

        var value = (await caches[0].ReadAsync("key", "value", options: options)).Value;
        Assert.Same(value, (await caches[0].PeekAsync<string>("key", options)).Value);
        await caches[1].KeepsAsync("key", options);

        bool exists;
        do
        {
            exists = await database.KeyExistsAsync($"{caches.Prefix}{{key}}");
            var outcomes = new[] { (await caches[0].PeekAsync<string>("key", options)).Outcome, (await caches[1].PeekAsync<string>("key", options)).Outcome };
            Assert.True(exists || outcomes.All(outcome => outcome == CacheOutcome.Miss), "A value was kept for longer than its entry.");
        }
        while (exists);
    }

    [Fact]
    public async Task Callers_share_a_kept_value_only_if_it_cannot_be_changed()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        await caches[0].ReadAsync("text", "value", options: Local);
        await caches[0].KeepsAsync("text", Local);
        List<int> made = [1];
        await caches[0].ReadAsync("list", made, options: Local);

        made.Add(2);
        var first = (await caches[0].PeekAsync<List<int>>("list", Local)).Value;
        first.Add(3);
        var second = (await caches[0].PeekAsync<List<int>>("list", Local)).Value;

        Assert.Equal([1], second);
        Assert.NotSame(first, second);
    }

    private static Func<CacheEntryContext, CancellationToken, ValueTask<string>> Tell(string value) => (context, _) =>
    {
        context.AddTag("told");
        return ValueTask.FromResult(new string(value));
    };
}
