using Functions.Redis.Caching;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching;

/// <summary>After an invalidation returned, nobody gets the old value.</summary>
public sealed class CacheInvalidationTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<RedisKind, string> KindsAndInvalidations => new MatrixTheoryData<RedisKind, string>(
        [RedisKind.Garnet, RedisKind.Single, RedisKind.Cluster], ["key", "tag", "told", "*"]);

    [Theory, MemberData(nameof(KindsAndInvalidations))]
    public async Task An_invalidated_entry_is_gone_on_every_instance(RedisKind kind, string invalidation)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        await caches[0].ReadAsync("key", Told("old"), ["tag", "other"]);
        await caches[0].ReadAsync("bystander", "stays", ["other"]);
        await caches.StoredAsync();
        Assert.Equal("old", (await caches[1].PeekAsync<string>("key")).Value);

        await InvalidateAsync(caches[0], invalidation);

        var read = await caches[1].ReadAsync("key", Told("new"), ["tag", "other"]);
        Assert.Equal(("new", CacheOutcome.Miss), (read.Value, read.Outcome));
        await caches.StoredAsync();
        Assert.Equal("new", (await caches[0].PeekAsync<string>("key")).Value);
        Assert.Equal(invalidation == "*" ? CacheOutcome.Miss : CacheOutcome.Hit, (await caches[1].PeekAsync<string>("bystander")).Outcome);
    }

    [Theory, MemberData(nameof(KindsAndInvalidations))]
    public async Task Invalidation_while_factory_runs_discards_its_result(RedisKind kind, string invalidation)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        var stale = new SlowFactory<string>("old", context => context.AddTag("told"));
        var before = caches[0].ReadAsync("key", stale.RunAsync, ["tag"]);
        await stale.Started;

        await InvalidateAsync(caches[1], invalidation);
        stale.Release();

        Assert.Equal("old", (await before).Value); // It asked before.
        Assert.Equal("new", (await caches[0].ReadAsync("key", Told("new"), ["tag"])).Value);
        Assert.Equal("new", (await caches[1].ReadAsync("key", Told("newer"), ["tag"])).Value);
    }

    [Theory, MemberData(nameof(KindsAndInvalidations))]
    public async Task A_reader_who_asks_after_an_invalidation_does_not_share_an_older_run(RedisKind kind, string invalidation)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        var stale = new SlowFactory<string>("old", context => context.AddTag("told"));
        var before = caches[0].ReadAsync("key", stale.RunAsync, ["tag"]);
        await stale.Started;
        await InvalidateAsync(caches[1], invalidation);

        var after = new[] { 0, 0, 1, 1 }.Select(i => caches[i].ReadAsync("key", Told("new"), ["tag"])).ToArray();
        // Whoever knows at once that the run is of no use does not wait for it. That a told tag concerns it shows only at its end.
        if (invalidation != "told")
            await Task.WhenAll(after).WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        stale.Release();

        Assert.Equal("old", (await before).Value);
        Assert.All(await Task.WhenAll(after), read => Assert.Equal("new", read.Value));
        Assert.Equal("new", (await caches[1].ReadAsync("key", Told("newer"), ["tag"])).Value);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Removal_of_another_tag_does_not_discard_a_result_with_told_tags_that_are_known(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind));
        await caches[0].ReadAsync("key", Told("first"));
        await caches[0].RemoveAsync("key", Cancellation);
        var running = new SlowFactory<string>("second", context => context.AddTag("told"));
        var read = caches[0].ReadAsync("key", running.RunAsync);
        await running.Started;

        await caches[0].RemoveByTagAsync("unrelated", Cancellation);
        running.Release();
        await read;

        Assert.Equal("second", (await caches[0].PeekAsync<string>("key")).Value);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Set_while_factory_runs_discards_the_factorys_result(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        var stale = new SlowFactory<string>("old");
        var before = caches[0].ReadAsync("key", stale.RunAsync);
        await stale.Started;

        await caches[1].SetAsync("key", "set", cancellationToken: Cancellation);
        Assert.Equal("set", (await caches[0].ReadAsync("key", "factory")).Value);
        stale.Release();

        Assert.Equal("old", (await before).Value);
        Assert.Equal("set", (await caches[0].PeekAsync<string>("key")).Value);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_removal_in_the_very_moment_of_a_fill_leaves_no_entry(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        byte[] payload = new byte[19];
        for (ulong round = 1; round <= 3_000; round++)
        {
            var lease = caches[0].Lease("key", round);
            await caches[0].Store.AcquireAsync(lease, default);

            var fill = caches[0].Store.FillAsync(lease, payload, TimeSpan.FromMinutes(1));
            var removal = caches[1].Store.RemoveAsync(["key"]);
            await Task.WhenAll(fill, removal);

            var (bytes, _, _) = await caches[0].Store.ReadAsync(caches[0].Store.Plan("key", []));
            Assert.True(bytes is null, $"Round {round}: the entry outlived its removal.");
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Several_keys_or_tags_are_removed_by_one_call(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind));
        foreach (var i in Enumerable.Range(0, 5))
            await caches[0].ReadAsync($"{i}", i, [$"tag{i}"]);

        await caches[0].RemoveAsync(["0", "1"], Cancellation);
        await caches[0].RemoveByTagAsync(["tag2", "tag3", "tag3"], Cancellation);
        await caches[0].RemoveByTagAsync(Array.Empty<string>(), Cancellation);

        foreach (var i in Enumerable.Range(0, 5))
            Assert.Equal(i < 4 ? CacheOutcome.Miss : CacheOutcome.Hit, (await caches[0].PeekAsync<int>($"{i}")).Outcome);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_tag_that_Redis_has_lost_invalidates_its_entries(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind));
        await caches[0].ReadAsync("key", "old", ["tag"]);
        await (await caches.Connection().GetDatabaseAsync(Cancellation)).KeyDeleteAsync($"{caches.Prefix}tag:tag");

        Assert.Equal(CacheOutcome.Miss, (await caches[0].PeekAsync<string>("key")).Outcome);
        Assert.Equal("new", (await caches[0].ReadAsync("key", "new", ["tag"])).Value);
        Assert.Equal("new", (await caches[0].ReadAsync("key", "newer", ["tag"])).Value);
    }

    [Fact]
    public async Task Tags_of_values_that_change_are_not_kept_for_ever()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), 2);
        for (var i = 0; i < 50; i++)
        {
            await caches[0].RemoveAsync("latest", Cancellation);
            await caches[0].ReadAsync("latest", (context, _) =>
            {
                context.AddTag($"post:{i}");
                return ValueTask.FromResult(i);
            });
            await caches.StoredAsync();
            Assert.Equal(i, (await caches[1].PeekAsync<int>("latest")).Value);
        }

        // The generations that a read asks for are those of one value, not of all that there have been.
        var lookup = await caches[1].LookupAsync<int>("latest", [], new());
        Assert.True(lookup.Generations.Covers("post:49"));
        Assert.False(lookup.Generations.Covers("post:48"));
    }

    private static async Task InvalidateAsync(RedisHybridCache cache, string what)
    {
        if (what == "key")
            await cache.RemoveAsync("key");
        else
            await cache.RemoveByTagAsync(what);
    }

    private static Func<CacheEntryContext, CancellationToken, ValueTask<string>> Told(string value) => (context, _) =>
    {
        context.AddTag("told");
        return ValueTask.FromResult(value);
    };
}
