using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>The flags of an entry leave out parts of the cache.</summary>
public sealed class FlagBehaviourTests(RedisServers servers) : CacheBehaviourTests(servers)
{
    private static readonly HybridCacheEntryOptions LocalOnly = new()
    {
        LocalCacheExpiration = TimeSpan.FromMinutes(5),
        Flags = HybridCacheEntryFlags.DisableDistributedCache,
    };

    private static readonly HybridCacheEntryOptions NoLevel =
        new() { Flags = HybridCacheEntryFlags.DisableDistributedCache | HybridCacheEntryFlags.DisableLocalCache };

    [Theory, ClassData<AnyCache>]
    public Task DisableUnderlyingData_reads_without_the_factory(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var options = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData };

        Assert.Null(await caches[0].HitAsync<string?>("key", options: options));
        Assert.Equal("made", await caches[0].GetAsync("key", "made"));
        Assert.Equal("made", await caches[0].HitAsync<string?>("key", options: options));
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableDistributedCacheRead_does_not_read_Redis(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await caches[0].SetAsync("key", "old", cancellationToken: Cancellation);

        Assert.Equal("new", await caches[1].GetAsync("key", "new", options: new() { Flags = HybridCacheEntryFlags.DisableDistributedCacheRead }));
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableDistributedCacheRead_writes_to_Redis_all_the_same(CacheKind kind) => CheckAsync(kind, 3, async caches =>
    {
        await caches[0].SetAsync("key", "old", cancellationToken: Cancellation);

        await caches[1].GetAsync("key", "new", options: new() { Flags = HybridCacheEntryFlags.DisableDistributedCacheRead });

        await caches.EventuallyInRedisAsync(2, "key", "new");
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableDistributedCacheWrite_does_not_write_to_Redis(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        var options = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableDistributedCacheWrite };

        await caches[0].GetAsync("made", "unwritten", options: options);
        await caches[0].SetAsync("set", "unwritten", options, cancellationToken: Cancellation);

        Assert.Equal("new", await caches[1].GetAsync("made", "new"));
        Assert.Equal("new", await caches[1].GetAsync("set", "new"));
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableDistributedCache_leaves_the_first_level(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await caches[0].GetAsync("key", "kept", options: LocalOnly);

        Assert.Equal("kept", await caches[0].HitAsync<string>("key", options: LocalOnly));
        Assert.Equal("new", await caches[1].GetAsync("key", "new"));
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableDistributedCache_a_thousand_readers_share_one_factory_call(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var factory = new SlowFactory<string>("made");
        var reads = Enumerable.Range(0, 1_000).Select(_ => caches[0].GetHeldAsync("key", factory, options: LocalOnly)).ToArray();
        await factory.Started;
        factory.Release();

        Assert.All(await Task.WhenAll(reads), value => Assert.Equal("made", value));
        Assert.Equal(1, factory.Calls);
    });

    [Theory, ClassData<AnyCache>]
    public Task Without_either_level_a_thousand_readers_share_one_factory_call(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var factory = new SlowFactory<string>("made");
        var reads = Enumerable.Range(0, 1_000).Select(_ => caches[0].GetHeldAsync("key", factory, options: NoLevel)).ToArray();
        await factory.Started;
        factory.Release();

        Assert.All(await Task.WhenAll(reads), value => Assert.Equal("made", value));
        Assert.Equal(1, factory.Calls);
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableDistributedCache_readers_of_a_mutable_object_get_one_each(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var factory = new SlowFactory<List<int>>([1]);
        var reads = Enumerable.Range(0, 10).Select(_ => caches[0].GetHeldAsync("key", factory, options: LocalOnly)).ToArray();
        await factory.Started;
        factory.Release();

        var lists = await Task.WhenAll(reads);

        Assert.Equal(10, lists.Distinct(ReferenceEqualityComparer.Instance).Count());
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableDistributedCache_a_reader_who_cancels_does_not_wait_and_the_last_one_ends_the_factory(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        using var cancellation = new CancellationTokenSource();
        using var last = new CancellationTokenSource();
        var factory = new SlowFactory<string>("never");
        var first = caches[0].GetHeldAsync("key", factory, options: LocalOnly, cancellation: cancellation.Token);
        await factory.Started;
        var second = caches[0].GetHeldAsync("key", factory, options: LocalOnly, cancellation: last.Token);

        await cancellation.CancelAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(await Record.ExceptionAsync(() => first.WaitAsync(TimeSpan.FromSeconds(10), Cancellation)));
        Assert.False(second.IsCompleted);

        await last.CancelAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(await Record.ExceptionAsync(() => second.WaitAsync(TimeSpan.FromSeconds(10), Cancellation)));
        await TestPolling.EventuallyAsync(
            () => Task.FromResult(factory.Token.IsCancellationRequested), TimeSpan.FromSeconds(10), "the factory's token");
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableDistributedCache_who_asks_after_a_removal_does_not_share_a_run_from_before(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var factory = new SlowFactory<string>("old");
        var before = caches[0].GetHeldAsync("key", factory, ["tag"], LocalOnly);
        await factory.Started;

        await caches[0].RemoveAsync("key", Cancellation);
        var after = caches[0].GetAsync("key", "new", ["tag"], LocalOnly);
        await Task.WhenAny(after, Task.Delay(TimeSpan.FromMilliseconds(500), Cancellation)); // That it shares shows only by waiting a while.
        factory.Release();

        Assert.Equal("old", await before);
        Assert.Equal("new", await after);

        // Kept from then on; the message of the removal may come back to its sender later than the answer, and drop a value once more.
        var made = 0;
        await TestPolling.EventuallyAsync(
            async () =>
            {
                var before = made;
                Assert.Equal("new", await caches[0].GetOrCreateAsync("key", _ => ValueTask.FromResult(++made > 0 ? "new" : ""), LocalOnly, ["tag"], Cancellation));
                return made == before;
            },
            TimeSpan.FromSeconds(10),
            "the value to be kept");
        Assert.InRange(made, 0, 1);
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableDistributedCacheWrite_readers_do_not_run_the_factory_at_once(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var options = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableDistributedCacheWrite | HybridCacheEntryFlags.DisableLocalCache };
        var factory = new Gauge();

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => caches[0].GetOrCreateAsync("key", _ => factory.RunAsync(), options).AsTask()));

        Assert.Equal(1, factory.Maximum);
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableDistributedCacheWrite_a_set_replaces_the_value_in_the_process(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await caches[0].SetAsync("key", "old", ComparedCaches.Local, cancellationToken: Cancellation);
        var options = new HybridCacheEntryOptions
        {
            LocalCacheExpiration = TimeSpan.FromMinutes(5),
            Flags = HybridCacheEntryFlags.DisableDistributedCacheWrite,
        };

        await caches[0].SetAsync("key", "new", options, cancellationToken: Cancellation);

        Assert.Equal("new", await caches[0].HitAsync<string>("key", options: ComparedCaches.Local));
        Assert.Equal("old", await caches[1].HitAsync<string>("key", options: ComparedCaches.NotLocal));
    });

    [Theory, ClassData<AnyCache>]
    public Task The_first_level_keeps_the_first_value_that_is_read(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        await caches[0].GetAsync("key", "kept", ["tag"], ComparedCaches.Local);
        await caches.ForgetInRedisAsync();

        Assert.Equal("kept", await caches[0].HitAsync<string>("key", ["tag"], ComparedCaches.Local));
    });

    [Theory, ClassData<AnyCache>]
    public Task The_first_level_keeps_the_first_value_that_is_set(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        await caches[0].SetAsync("key", "kept", ComparedCaches.Local, ["tag"], Cancellation);
        await caches.ForgetInRedisAsync();

        Assert.Equal("kept", await caches[0].HitAsync<string>("key", ["tag"], ComparedCaches.Local));
    });

    [Theory, ClassData<AnyCache>]
    public Task DisableLocalCache_reads_what_another_instance_has_set(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await caches[0].SetAsync("key", "old", ComparedCaches.NotLocal, cancellationToken: Cancellation);
        Assert.Equal("old", await caches[0].HitAsync<string>("key", options: ComparedCaches.NotLocal));

        await caches[1].SetAsync("key", "new", ComparedCaches.NotLocal, cancellationToken: Cancellation);

        Assert.Equal("new", await caches[0].HitAsync<string>("key", options: ComparedCaches.NotLocal));
    });
}
