using Functions.Tests.Servers;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>An instance ends.</summary>
public sealed class ShutdownBehaviourTests(RedisServers servers) : CacheBehaviourTests(servers)
{
    [Theory, ClassData<AnyCache>]
    public Task A_container_may_be_disposed_synchronously(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await caches[0].SetAsync("key", "value", ComparedCaches.Local, ["tag"], Cancellation);
        Assert.Equal("value", await caches[0].HitAsync<string>("key", ["tag"], ComparedCaches.Local));

        Assert.Null(Record.Exception(() => caches.Dispose(0)));

        Assert.Equal("value", await caches[1].HitAsync<string>("key", ["tag"]));
    });
}
