using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>What one caller does to a value that can be changed does not concern the others.</summary>
public sealed class SharingBehaviourTests(RedisServers servers) : CacheBehaviourTests(servers)
{
    public sealed class Basket
    {
        public List<string> Items { get; init; } = [];
    }

    [Theory, ClassData<AnyCache>]
    public Task Readers_of_a_mutable_object_get_one_each(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        await caches.FirstLevelIsOnAsync(0);
        var made = await caches[0].GetAsync("key", new Basket { Items = ["tea"] }, options: ComparedCaches.Local);
        made.Items.Add("changed by who made it");
        var first = await ReadAsync();
        first.Items.Add("changed by a reader");

        Assert.Equal(["tea"], (await ReadAsync()).Items);

        Task<Basket> ReadAsync() => caches[0].HitAsync<Basket>("key", options: ComparedCaches.Local);
    });

    [Theory, ClassData<AnyCache>]
    public Task Readers_of_bytes_get_an_array_each(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        await caches.FirstLevelIsOnAsync(0);
        var made = await caches[0].GetAsync<byte[]>("key", [1, 2, 3], options: ComparedCaches.Local);
        made[0] = 255;
        var first = await ReadAsync();
        first[1] = 255;

        Assert.Equal([1, 2, 3], await ReadAsync());

        Task<byte[]> ReadAsync() => caches[0].HitAsync<byte[]>("key", options: ComparedCaches.Local);
    });

    [Theory, ClassData<AnyCache>]
    public Task An_object_that_was_set_may_be_changed_afterwards(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        await caches.FirstLevelIsOnAsync(0);
        var basket = new Basket { Items = ["tea"] };
        await caches[0].SetAsync("key", basket, ComparedCaches.Local, cancellationToken: Cancellation);
        basket.Items.Add("changed by who set it");

        Assert.Equal(["tea"], (await caches[0].HitAsync<Basket>("key", options: ComparedCaches.Local)).Items);
    });

    [Theory, ClassData<AnyCache>]
    public Task Readers_who_waited_for_one_factory_get_a_mutable_object_each(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var factory = new SlowFactory<Basket>(new Basket());
        var reads = Enumerable.Range(0, 10).Select(_ => caches[0].GetHeldAsync("key", factory)).ToArray();
        await factory.Started;
        factory.Release();

        var baskets = await Task.WhenAll(reads);

        Assert.Equal(10, baskets.Distinct(ReferenceEqualityComparer.Instance).Count());
    });

    [Theory, ClassData<AnyCache>]
    public Task Without_first_level_readers_of_a_mutable_object_get_one_each(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var options = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCache };
        await caches[0].SetAsync("key", new Basket { Items = ["tea"] }, options, cancellationToken: Cancellation);
        (await caches[0].HitAsync<Basket>("key", options: options)).Items.Add("changed by a reader");

        Assert.Equal(["tea"], (await caches[0].HitAsync<Basket>("key", options: options)).Items);
    });
}
