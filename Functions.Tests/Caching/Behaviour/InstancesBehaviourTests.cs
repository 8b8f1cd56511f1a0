using System.Runtime.CompilerServices;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>Several instances of the application on one Redis.</summary>
public sealed class InstancesBehaviourTests(RedisServers servers) : CacheBehaviourTests(servers)
{
    [Theory, ClassData<AnyCache>]
    public Task What_one_instance_has_made_another_reads(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await caches[0].GetAsync("made", "made", ["tag"]);
        await caches[0].SetAsync("set", "set", tags: ["tag"], cancellationToken: Cancellation);

        await caches.EventuallyInRedisAsync(1, "made", "made");
        await caches.EventuallyInRedisAsync(1, "set", "set");
    });

    [Theory, ClassData<AnyCache>]
    public Task Another_instance_without_first_level_hears_of_a_removal_by_key(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await caches[0].SetAsync("key", "old", cancellationToken: Cancellation);
        Assert.Equal("old", await caches[1].HitAsync<string>("key", options: ComparedCaches.NotLocal));

        await caches[0].RemoveAsync("key", Cancellation);

        Assert.Equal("new", await caches[1].GetAsync("key", "new", options: ComparedCaches.NotLocal));
    });

    [Theory, ClassData<AnyCache>]
    public Task Another_instance_without_first_level_hears_of_a_removal_by_tag(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await caches[0].SetAsync("key", "old", tags: ["tag"], cancellationToken: Cancellation);
        Assert.Equal("old", await caches[1].HitAsync<string>("key", ["tag"], ComparedCaches.NotLocal));

        await caches[0].RemoveByTagAsync("tag", Cancellation);

        Assert.Equal("new", await caches[1].GetAsync("key", "new", ["tag"], ComparedCaches.NotLocal));
    });

    [Theory, ClassData<AnyCache>]
    public Task Another_instance_with_first_level_hears_of_a_removal_by_key(CacheKind kind) =>
        FirstLevelHearsAsync(kind, caches => caches[0].RemoveAsync("key", Cancellation));

    [Theory, ClassData<AnyCache>]
    public Task Another_instance_with_first_level_hears_of_a_removal_by_tag(CacheKind kind) =>
        FirstLevelHearsAsync(kind, caches => caches[0].RemoveByTagAsync("tag", Cancellation));

    [Theory, ClassData<AnyCache>]
    public Task Another_instance_with_first_level_hears_of_a_removal_of_everything(CacheKind kind) =>
        FirstLevelHearsAsync(kind, caches => caches[0].RemoveByTagAsync("*", Cancellation));

    [Theory, ClassData<AnyCache>]
    public Task Another_instance_with_first_level_hears_of_a_set(CacheKind kind) =>
        FirstLevelHearsAsync(kind, caches => caches[0].SetAsync("key", "new", ComparedCaches.Local, ["tag"], Cancellation));

    [Theory, ClassData<AnyCache>]
    public Task Removal_by_key_while_the_factory_runs_discards_its_value(CacheKind kind) =>
        DiscardsAsync(kind, caches => caches[0].RemoveAsync("key", Cancellation));

    [Theory, ClassData<AnyCache>]
    public Task Removal_by_tag_while_the_factory_runs_discards_its_value(CacheKind kind) =>
        DiscardsAsync(kind, caches => caches[0].RemoveByTagAsync("tag", Cancellation));

    [Theory, ClassData<AnyCache>]
    public Task Removal_by_key_on_another_instance_while_the_factory_runs_discards_its_value(CacheKind kind) =>
        DiscardsAsync(kind, caches => caches[1].RemoveAsync("key", Cancellation));

    [Theory, ClassData<AnyCache>]
    public Task Removal_by_tag_on_another_instance_while_the_factory_runs_discards_its_value(CacheKind kind) =>
        DiscardsAsync(kind, caches => caches[1].RemoveByTagAsync("tag", Cancellation));

    private Task FirstLevelHearsAsync(CacheKind kind, Func<ComparedCaches, ValueTask> change, [CallerMemberName] string behaviour = "") =>
        CheckAsync(
            kind,
            2,
            async caches =>
            {
                await caches.FirstLevelIsOnAsync(1);
                await caches[0].SetAsync("key", "old", ComparedCaches.Local, ["tag"], Cancellation);
                Assert.Equal("old", await caches[1].HitAsync<string>("key", ["tag"], ComparedCaches.Local));

                await change(caches);

                await TestPolling.EventuallyAsync(
                    async () => await caches[1].GetAsync("key", "new", ["tag"], ComparedCaches.Local) == "new",
                    ComparedCaches.Deadline,
                    "the change on another instance");
            },
            behaviour: behaviour);

    private Task DiscardsAsync(CacheKind kind, Func<ComparedCaches, ValueTask> remove, [CallerMemberName] string behaviour = "") =>
        CheckAsync(
            kind,
            2,
            async caches =>
            {
                var factory = new SlowFactory<string>("old");
                var before = caches[0].GetHeldAsync("key", factory, ["tag"]);
                await factory.Started;

                await remove(caches);
                factory.Release();
                Assert.Equal("old", await before); // It asked before.

                Assert.Equal("new", await caches[0].GetAsync("key", "new", ["tag"]));
                Assert.Equal("new", await caches[1].GetAsync("key", "newer", ["tag"]));
            },
            behaviour: behaviour);
}
