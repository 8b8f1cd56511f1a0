using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>The flags of an entry leave out parts of the cache.</summary>
public sealed class FlagBehaviourTests(RedisServers servers) : CacheBehaviourTests(servers)
{
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
        await caches.FirstLevelIsOnAsync(0);
        var options = new HybridCacheEntryOptions
        {
            LocalCacheExpiration = TimeSpan.FromMinutes(5),
            Flags = HybridCacheEntryFlags.DisableDistributedCache,
        };

        await caches[0].GetAsync("key", "kept", options: options);

        Assert.Equal("kept", await caches[0].HitAsync<string>("key", options: options));
        Assert.Equal("new", await caches[1].GetAsync("key", "new"));
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
