using Functions.Http.Policies;
using Functions.Redis.Caching;
using Functions.Tests.Servers;
using Xunit.Sdk;

namespace Functions.Tests.Caching;

/// <summary>What is served past its time to live: while it is made anew, or because that fails.</summary>
public sealed class CacheStaleTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly RedisCacheEntryOptions Revalidating = new()
    {
        Expiration = TimeSpan.FromMilliseconds(100),
        StaleWhileRevalidate = TimeSpan.FromMinutes(1),
    };

    private static readonly RedisCacheEntryOptions FailSafe = new() { Expiration = TimeSpan.FromMilliseconds(100), FailSafe = TimeSpan.FromMinutes(1) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task An_expired_value_is_served_at_once_and_made_anew_once_over_all_instances(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 3);
        await caches[0].ReadAsync("key", "old", ["tag"], Revalidating);
        await ExpiredAsync(caches[0], "key");
        var factory = new SlowFactory<string>("new");

        var reads = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => caches[i % 3].ReadAsync("key", factory.RunAsync, ["tag"], Revalidating)))
            .WaitAsync(Deadline, Cancellation);

        Assert.All(reads, read => Assert.Equal(("old", CacheOutcome.Stale), (read.Value, read.Outcome)));
        await factory.Started;
        factory.Release();
        await TestPolling.EventuallyAsync(
            async () => (await caches[2].ReadAsync("key", Forbidden, ["tag"], Revalidating with { Expiration = Deadline })).Value == "new", Deadline, "the new value");
        Assert.Equal(1, factory.Calls);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_removed_value_is_neither_served_while_it_is_made_anew_nor_when_that_fails(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        var options = Revalidating with { FailSafe = TimeSpan.FromMinutes(1) };
        Func<Task>[] removals =
        [
            () => caches[0].RemoveAsync("key", Cancellation).AsTask(),
            () => caches[0].RemoveByTagAsync("tag", Cancellation).AsTask(),
            () => caches[0].RemoveByTagAsync("told", Cancellation).AsTask(),
            () => caches[0].RemoveByTagAsync("*", Cancellation).AsTask(),
        ];
        foreach (var removeAsync in removals)
        {
            await caches[0].ReadAsync("key", (context, _) =>
            {
                context.AddTag("told");
                return ValueTask.FromResult("old");
            }, ["tag"], options);
            await ExpiredAsync(caches[0], "key");

            await removeAsync();

            await Assert.ThrowsAsync<InvalidOperationException>(() => caches[1].ReadAsync("key", Failing, ["tag"], options));
            await caches[0].RemoveAsync("key", Cancellation);
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_value_removed_while_it_is_made_anew_is_not_brought_back(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        await caches[0].ReadAsync("key", "old", ["tag"], Revalidating);
        await ExpiredAsync(caches[0], "key");
        var factory = new SlowFactory<string>("read before the removal");
        Assert.Equal(CacheOutcome.Stale, (await caches[0].ReadAsync("key", factory.RunAsync, ["tag"], Revalidating)).Outcome);
        await factory.Started;

        await caches[1].RemoveByTagAsync("tag", Cancellation);
        factory.Release();

        Assert.Equal("new", (await caches[1].ReadAsync("key", "new", ["tag"], Revalidating with { Expiration = Deadline })).Value);
        await TestPolling.EventuallyAsync(() => Task.FromResult(!caches[0].Leases.All.Any()), Deadline, "the run to end");
        Assert.Equal("new", (await caches[0].ReadAsync("key", Forbidden, ["tag"], Revalidating)).Value);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_refresh_that_fails_is_tried_again_by_a_later_reader(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind));
        await caches[0].ReadAsync("key", "old", options: Revalidating);
        await ExpiredAsync(caches[0], "key");

        Assert.Equal("old", (await caches[0].ReadAsync("key", Failing, options: Revalidating)).Value);

        await TestPolling.EventuallyAsync(
            async () => (await caches[0].ReadAsync("key", "new", options: Revalidating with { Expiration = Deadline })).Value == "new", Deadline, "the new value");
    }

    [Theory, ClassData<AnyRedis>]
    public async Task When_the_factory_fails_the_expired_value_is_served_and_without_one_the_failure(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind));
        await caches[0].ReadAsync("key", "old", options: FailSafe);
        await ExpiredAsync(caches[0], "key");

        var read = await caches[0].ReadAsync("key", Failing, options: FailSafe);

        Assert.Equal(("old", CacheOutcome.Stale), (read.Value, read.Outcome));
        await Assert.ThrowsAsync<InvalidOperationException>(() => caches[0].ReadAsync("other", Failing, options: FailSafe));
        await Assert.ThrowsAsync<InvalidOperationException>(() => caches[0].ReadAsync("key", Failing));
        Assert.Equal(("new", CacheOutcome.Miss), await OutcomeAsync(caches[0].ReadAsync("key", "new", options: FailSafe)));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Who_does_not_ask_for_expired_values_gets_none(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        await caches[0].ReadAsync("key", "old", options: Revalidating);
        await ExpiredAsync(caches[0], "key");

        Assert.Equal((false, null), await caches[0].TryGetAsync<string?>("key", cancellationToken: Cancellation));
        Assert.Equal((false, null), await caches[0].TryGetAsync<string?>("key", Revalidating, Cancellation));
        Assert.Equal(("new", CacheOutcome.Miss), await OutcomeAsync(caches[0].ReadAsync("key", "new")));
        await caches.StoredAsync();
        Assert.Equal(("new", CacheOutcome.Hit), await OutcomeAsync(caches[1].PeekAsync<string>("key")));
    }

    [Fact]
    public async Task A_value_is_not_served_for_longer_than_asked()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        await caches[0].ReadAsync("key", "old", options: Revalidating);
        await ExpiredAsync(caches[0], "key");

        var read = await caches[0].ReadAsync("key", "new", options: Revalidating with { StaleWhileRevalidate = TimeSpan.Zero });

        Assert.Equal(("new", CacheOutcome.Miss), (read.Value, read.Outcome));
    }

    [Fact]
    public async Task The_answer_of_a_function_is_not_made_anew_when_its_request_has_ended()
    {
        await using var caches = new TestCaches(
            await servers.GetAsync(RedisKind.Garnet), configure: options => options.StaleWhileRevalidate = TimeSpan.FromHours(1));
        var options = new CacheResultAttribute("answers", ttlSeconds: 1).EntryOptions;
        await caches[0].ReadAsync("answer", "old", options: options);
        await ExpiredAsync(caches[0], "answer", options);

        var read = await caches[0].ReadAsync("answer", "new", options: options);

        Assert.Equal(("new", CacheOutcome.Miss), (read.Value, read.Outcome));
    }

    // What is not stored yet has not expired.
    private static Task ExpiredAsync(RedisHybridCache cache, string key, RedisCacheEntryOptions? options = null) => TestPolling.EventuallyAsync(
        async () => cache.Stores.IsEmpty && (await cache.PeekAsync<string>(key, options)).Outcome == CacheOutcome.Miss, Deadline, "the entry to expire");

    private static async Task<(string Value, CacheOutcome Outcome)> OutcomeAsync(Task<CacheEntry<string>> read) => ((await read).Value, (await read).Outcome);

    private static ValueTask<string> Failing(CacheEntryContext context, CancellationToken cancellation) => throw new InvalidOperationException("broken");

    private static ValueTask<string> Forbidden(CacheEntryContext context, CancellationToken cancellation) => throw FailException.ForFailure("Not called.");
}
