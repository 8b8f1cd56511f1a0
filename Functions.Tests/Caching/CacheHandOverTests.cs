using Functions.Redis.Caching;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching;

/// <summary>A caller has the value that its factory made before Redis has it: what may happen in between.</summary>
public sealed class CacheHandOverTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<RedisKind, string> ProxiedKindsAndInvalidations => new MatrixTheoryData<RedisKind, string>(
        [RedisKind.Garnet, RedisKind.Single], ["key", "tag", "*", "set"]);

    public static TheoryData<RedisKind, string> KindsAndInvalidations => new MatrixTheoryData<RedisKind, string>(
        [RedisKind.Garnet, RedisKind.Single, RedisKind.Cluster], ["key", "tag", "told", "*"]);

    [Theory, InlineData(RedisKind.Garnet), InlineData(RedisKind.Single)]
    public async Task A_caller_does_not_wait_until_its_value_is_stored_and_finds_it_stored(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches([proxy.ConnectionString, server.ConnectionString]);
        await MakeWithHeldStoreAsync(caches, proxy, "value");

        var reading = caches[0].ReadAsync("key", "again", ["tag"]);
        proxy.ReleaseRequests();
        var own = await reading;
        var elsewhere = await caches[1].ReadAsync("key", "again", ["tag"]);

        Assert.Equal(("value", CacheOutcome.Hit), (own.Value, own.Outcome));
        Assert.Equal(("value", CacheOutcome.Hit), (elsewhere.Value, elsewhere.Outcome));
    }

    [Theory, InlineData(RedisKind.Garnet), InlineData(RedisKind.Single)]
    public async Task Another_instance_waits_for_the_value_that_is_on_its_way(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches([proxy.ConnectionString, server.ConnectionString]);
        await MakeWithHeldStoreAsync(caches, proxy, "value");

        var waiting = caches[1].ReadAsync("key", "own", ["tag"]);
        await caches[1].PeekAsync<string>("key");
        Assert.False(waiting.IsCompleted);
        proxy.ReleaseRequests();
        var elsewhere = await waiting;

        Assert.Equal(("value", CacheOutcome.Hit), (elsewhere.Value, elsewhere.Outcome));
    }

    [Theory, MemberData(nameof(ProxiedKindsAndInvalidations))]
    public async Task What_is_removed_while_it_is_on_its_way_is_not_served(RedisKind kind, string invalidation)
    {
        var server = await servers.GetAsync(kind);
        foreach (var remover in new[] { 0, 1 })
        {
            await using var proxy = TcpProxy.Start(server);
            await using var caches = new TestCaches([proxy.ConnectionString, server.ConnectionString]);
            await MakeWithHeldStoreAsync(caches, proxy, "old");

            // By the caller itself, whose removal follows the value on the same connection; by another instance, which overtakes it.
            var removal = InvalidateAsync(caches[remover], invalidation);
            if (remover == 0)
                proxy.ReleaseRequests();
            await removal;
            var reading = caches[1].ReadAsync("key", "new", ["tag"]);
            proxy.ReleaseRequests();
            var new1 = await reading;
            await caches.StoredAsync();
            var new2 = await caches[0].ReadAsync("key", "newer", ["tag"]);

            Assert.Equal(("new", "new"), (new1.Value, new2.Value));
        }
    }

    [Theory, MemberData(nameof(KindsAndInvalidations))]
    public async Task A_removal_right_after_a_miss_always_wins(RedisKind kind, string invalidation)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        for (var round = 0; round < 200; round++)
        {
            var made = await caches[0].ReadAsync($"key{round % 3}", Told(round), ["tag"]);
            Assert.Equal(round, made.Value);

            await InvalidateAsync(caches[round % 2], invalidation == "key" ? $"key{round % 3}" : invalidation);

            var again = await caches[round / 2 % 2].ReadAsync($"key{round % 3}", Told(-round), ["tag"]);
            Assert.Equal((-round, CacheOutcome.Miss), (again.Value, again.Outcome));
            await caches[0].RemoveAsync($"key{round % 3}", Cancellation);
        }
    }

    [Fact]
    public async Task A_value_that_its_caller_changes_is_stored_as_it_was_made()
    {
        var server = await servers.GetAsync(RedisKind.Single);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches([proxy.ConnectionString, server.ConnectionString]);
        var made = await MakeWithHeldStoreAsync(caches, proxy, new List<int> { 1, 2, 3 });

        made.Clear();
        proxy.ReleaseRequests();
        await caches.StoredAsync();

        Assert.Equal([1, 2, 3], (await caches[1].ReadAsync<List<int>>("key", [], ["tag"])).Value);
    }

    [Fact]
    public async Task A_value_that_cannot_be_serialized_fails_its_caller_and_gives_the_lease_back()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single), 2, options => options.LeaseDuration = TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<NotSupportedException>(() => caches[0].ReadAsync("key", new { Unserializable = typeof(string) }));

        Assert.Equal(2, (await caches[1].ReadAsync("key", 2).WaitAsync(Deadline, Cancellation)).Value);
    }

    [Theory, InlineData(RedisKind.Garnet), InlineData(RedisKind.Single)]
    public async Task A_cache_that_is_disposed_waits_for_what_is_on_its_way(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches([proxy.ConnectionString, server.ConnectionString]);
        await MakeWithHeldStoreAsync(caches, proxy, "value");

        var disposal = caches[0].DisposeAsync();
        Assert.False(disposal.IsCompleted);
        proxy.ReleaseRequests();
        await disposal;
        await caches.Connection(0).DisposeAsync();

        Assert.Equal(("value", CacheOutcome.Hit), ((await caches[1].PeekAsync<string>("key")).Value, (await caches[1].PeekAsync<string>("key")).Outcome));
    }

    [Theory, InlineData(RedisKind.Garnet), InlineData(RedisKind.Single)]
    public async Task A_value_that_is_lost_on_its_way_holds_others_up_no_longer_than_the_lease(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches([proxy.ConnectionString, server.ConnectionString], options => options.LeaseDuration = TimeSpan.FromSeconds(1));
        await MakeWithHeldStoreAsync(caches, proxy, "lost");

        proxy.CutConnections();
        proxy.ReleaseRequests();
        var elsewhere = await caches[1].ReadAsync("key", "made again", ["tag"]).WaitAsync(Deadline, Cancellation);

        Assert.Equal("made again", elsewhere.Value);
        await caches.StoredAsync(); // That nothing is waited for any more includes what was lost.
    }

    [Fact]
    public async Task Stores_that_Redis_does_not_answer_open_the_circuit()
    {
        await using var server = (RedisProcess)await RedisServers.StartNewAsync(RedisKind.Single);
        await using var caches = new TestCaches(
            [$"{server.ConnectionString},asyncTimeout=1000"], options => options.CircuitBreakDuration = TimeSpan.FromMinutes(1));
        var factories = new[] { new SlowFactory<int>(1), new SlowFactory<int>(2) };
        var reads = factories.Select((factory, i) => caches[0].ReadAsync($"key{i}", factory.RunAsync)).ToArray();
        foreach (var factory in factories)
            await factory.Started;
        await server.PauseAsync();

        foreach (var factory in factories)
            factory.Release();
        Assert.Equal([1, 2], (await Task.WhenAll(reads)).Select(read => read.Value));
        await caches.StoredAsync();

        var read = caches[0].ReadAsync("key", 3);
        Assert.True(read.IsCompleted);
        Assert.Equal(CacheOutcome.Bypass, (await read).Outcome);
        await server.ResumeAsync();
    }

    [Fact]
    public async Task A_factory_that_blocks_its_thread_keeps_its_lease()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single), 2);
        using var started = new ManualResetEventSlim();
        using var released = new ManualResetEventSlim();
        var blocks = Task.Factory.StartNew(() => caches[0].ReadAsync("key", (_, _) =>
        {
            started.Set();
            released.Wait(Cancellation);
            return ValueTask.FromResult(1);
        }).GetAwaiter().GetResult(), Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        started.Wait(Deadline, Cancellation);

        var waits = caches[1].ReadAsync("key", 2);
        for (var i = 0; i < 3; i++)
            await caches.RenewedAsync("key");
        Assert.False(waits.IsCompleted);
        released.Set();

        Assert.Equal(1, (await blocks).Value);
        Assert.Equal((1, CacheOutcome.Hit), ((await waits).Value, (await waits).Outcome));
    }

    // Returns with the value while the command that stores it is held on its way to Redis.
    private static async Task<T> MakeWithHeldStoreAsync<T>(TestCaches caches, TcpProxy proxy, T value)
    {
        await caches[0].ReadAsync("another", value, ["tag"]); // From now on Redis knows the scripts.
        await caches.StoredAsync();
        var factory = new SlowFactory<T>(value);
        var read = caches[0].ReadAsync("key", factory.RunAsync, ["tag"]);
        await factory.Started;

        proxy.HoldRequests();
        factory.Release();
        var entry = await read;
        Assert.False(caches[0].Stores.IsEmpty);
        return entry.Value;
    }

    private static async Task InvalidateAsync(RedisHybridCache cache, string what)
    {
        if (what == "set")
            await cache.SetAsync("key", "new", tags: ["tag"]);
        else if (what.StartsWith("key", StringComparison.Ordinal))
            await cache.RemoveAsync(what);
        else
            await cache.RemoveByTagAsync(what);
    }

    private static Func<CacheEntryContext, CancellationToken, ValueTask<int>> Told(int value) => (context, _) =>
    {
        context.AddTag("told");
        return ValueTask.FromResult(value);
    };
}
