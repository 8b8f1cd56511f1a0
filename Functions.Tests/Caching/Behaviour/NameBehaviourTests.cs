using Functions.Tests.Servers;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>Keys and tags that nobody would choose, but users of an application may: they do not fail a read, nor get what is not theirs.</summary>
public sealed class NameBehaviourTests(RedisServers servers) : CacheBehaviourTests(servers)
{
    [Theory, ClassData<AnyCache>]
    public Task A_read_with_a_null_key_calls_the_factory_and_caches_nothing(CacheKind kind) =>
        CheckAsync(kind, 1, caches => IsNotCachedAsync(caches, null));

    [Theory, ClassData<AnyCache>]
    public Task A_read_with_a_key_of_white_space_calls_the_factory_and_caches_nothing(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        await IsNotCachedAsync(caches, "");
        await IsNotCachedAsync(caches, " \t\n");
    });

    [Theory, ClassData<AnyCache>]
    public Task A_read_with_a_key_over_the_maximum_calls_the_factory_and_caches_nothing(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var longest = new string('k', 1024);
        await caches[0].GetAsync(longest, "cached");
        Assert.Equal("cached", await caches[0].HitAsync<string>(longest));
        await IsNotCachedAsync(caches, longest + "k");
    });

    [Theory, ClassData<AnyCache>]
    public Task What_is_set_under_such_a_key_is_dropped(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        foreach (var key in new[] { null, "", " ", new string('k', 1025) })
        {
            Assert.Null(await Record.ExceptionAsync(() => caches[0].SetAsync(key!, "set", cancellationToken: Cancellation).AsTask()));
            await IsNotCachedAsync(caches, key);
        }
    });

    [Theory, ClassData<AnyCache>]
    public Task Keys_with_half_a_surrogate_pair_are_not_confused(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        Assert.Equal("one", await caches[0].GetAsync("half \uD83D", "one", options: ComparedCaches.NotLocal));
        await caches[0].SetAsync("half \uD83E", "two", ComparedCaches.NotLocal, cancellationToken: Cancellation);

        Assert.Equal("three", await caches[1].GetAsync("half \uDE00", "three", options: ComparedCaches.NotLocal));
    });

    [Theory, ClassData<AnyCache>]
    public Task A_null_key_cannot_be_removed(CacheKind kind) => CheckAsync(kind, 1, async caches =>
        Assert.IsType<ArgumentNullException>(await Record.ExceptionAsync(() => caches[0].RemoveAsync((string)null!, Cancellation).AsTask())));

    [Theory, ClassData<AnyCache>]
    public Task A_tag_that_is_null_or_white_space_is_refused(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        foreach (var tag in new[] { null, "", " " })
        {
            Assert.IsAssignableFrom<ArgumentException>(await Record.ExceptionAsync(() => caches[0].GetAsync("key", "value", ["tag", tag!])));
            Assert.IsAssignableFrom<ArgumentException>(
                await Record.ExceptionAsync(() => caches[0].SetAsync("key", "value", tags: [tag!], cancellationToken: Cancellation).AsTask()));
        }
    });

    [Theory, ClassData<AnyCache>]
    public Task The_tag_of_everything_cannot_be_given(CacheKind kind) => CheckAsync(kind, 1, async caches =>
        Assert.IsAssignableFrom<ArgumentException>(await Record.ExceptionAsync(() => caches[0].GetAsync("key", "value", ["*"]))));

    [Theory, ClassData<AnyCache>]
    public Task Removal_by_a_tag_of_white_space_changes_nothing(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        await caches[0].GetAsync("key", "stays", ["tag"]);
        foreach (var tag in new[] { null, "", " " })
        {
            Assert.Null(await Record.ExceptionAsync(() => caches[0].RemoveByTagAsync(tag!, Cancellation).AsTask()));
            Assert.Null(await Record.ExceptionAsync(() => caches[0].RemoveByTagAsync([tag!, "unknown"], Cancellation).AsTask()));
        }

        Assert.Equal("stays", await caches[0].HitAsync<string>("key", ["tag"]));
    });

    [Theory, ClassData<AnyCache>]
    public Task A_tag_may_be_named_twice(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        await caches[0].GetAsync("key", "old", ["tag", "other", "tag"]);
        Assert.Equal("old", await caches[0].HitAsync<string>("key", ["tag", "tag"]));

        await caches[0].RemoveByTagAsync(["tag", "tag"], Cancellation);

        Assert.Equal("new", await caches[0].GetAsync("key", "new", ["tag", "other", "tag"]));
    });

    [Theory, ClassData<AnyCache>]
    public Task Tags_that_are_long_many_or_half_a_surrogate_pair_do_not_fail_a_read(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        string[][] sets = [[new('t', 5000)], ["half \uD83D"], [.. Enumerable.Range(0, 300).Select(i => $"tag{i}")]];
        foreach (var tags in sets)
            Assert.Equal("value", await caches[0].GetAsync("key", "value", tags));
    });

    private static async Task IsNotCachedAsync(ComparedCaches caches, string? key)
    {
        foreach (var value in new[] { "first", "second" })
        {
            string? read = null;
            Assert.Null(await Record.ExceptionAsync(async () => read = await caches[0].GetAsync(key!, value)));
            Assert.Equal(value, read);
        }
    }
}
