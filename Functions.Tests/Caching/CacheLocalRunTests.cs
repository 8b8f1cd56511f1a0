using Functions.Redis.Caching;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Tests.Caching;

/// <summary>Entries that are not for Redis: who shares a run of the factory, and who must not.</summary>
public sealed class CacheLocalRunTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly RedisCacheEntryOptions Kept =
        new() { LocalExpiration = TimeSpan.FromHours(1), Flags = HybridCacheEntryFlags.DisableDistributedCache };

    private static readonly RedisCacheEntryOptions NotKept = new() { Flags = HybridCacheEntryFlags.DisableDistributedCache };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_thousand_readers_share_one_call_without_a_command_also_while_Redis_is_down(bool isDown)
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var caches = new TestCaches(server, configure: options => options.HeartbeatInterval = TimeSpan.FromMinutes(1));
        await caches[0].ReadAsync("warm", 1);
        await caches.StoredAsync();
        var counter = await CommandCounter.StartAsync(server);
        if (isDown)
            await server.StopAsync();
        var factory = new SlowFactory<List<int>>([1]);

        var reads = Enumerable.Range(0, 1_000).Select(_ => caches[0].ReadAsync("key", factory.RunAsync, ["tag"], NotKept)).ToArray();
        await factory.Started;
        factory.Release();
        var entries = await Task.WhenAll(reads).WaitAsync(Deadline, Cancellation);

        Assert.Equal(1, factory.Calls);
        Assert.All(entries, entry => Assert.Equal(CacheOutcome.Miss, entry.Outcome));
        Assert.Equal(1_000, entries.Select(entry => entry.Value).Distinct(ReferenceEqualityComparer.Instance).Count());
        if (!isDown)
            Assert.Empty(await counter.CountAsync());
    }

    public static TheoryData<string, bool> Removals()
    {
        var data = new TheoryData<string, bool>();
        foreach (var change in new[] { "key", "tag", "everything", "set", "local set" })
        {
            data.Add(change, true);
            data.Add(change, false);
        }

        return data;
    }

    [Theory, MemberData(nameof(Removals))]
    public async Task Who_asks_after_a_change_makes_a_run_of_its_own_and_later_readers_share_that(string change, bool isKept)
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var options = isKept ? Kept : NotKept;
        var (old, newer) = (new SlowFactory<string>("old"), new SlowFactory<string>("new"));
        var before = caches[0].ReadAsync("key", old.RunAsync, ["tag"], options);
        await old.Started;

        await (change switch
        {
            "key" => caches[0].RemoveAsync("key", Cancellation),
            "tag" => caches[0].RemoveByTagAsync("tag", Cancellation),
            "everything" => caches[0].RemoveByTagAsync("*", Cancellation),
            "set" => caches[0].SetAsync("key", "set", cancellationToken: Cancellation),
            _ => caches[0].SetAsync("key", "set", new() { Flags = HybridCacheEntryFlags.DisableDistributedCacheWrite }, cancellationToken: Cancellation),
        });
        var after = Enumerable.Range(0, 3).Select(_ => caches[0].ReadAsync("key", newer.RunAsync, ["tag"], options)).ToArray();
        await newer.Started;
        newer.Release();
        Assert.All(await Task.WhenAll(after), read => Assert.Equal("new", read.Value));
        old.Release(); // The older run ends last,

        Assert.Equal("old", (await before).Value);
        // The message of a removal may come back to its sender later than the answer, and end the sharing, or drop the value, once more.
        Assert.Equal(1, old.Calls);
        Assert.InRange(newer.Calls, 1, 2);
        if (isKept)
            await TestPolling.EventuallyAsync(
                async () =>
                {
                    var made = false;
                    var read = await caches[0].ReadAsync("key", (_, _) => { made = true; return ValueTask.FromResult("new"); }, ["tag"], options);
                    Assert.Equal("new", read.Value); // and leaves nothing behind.
                    return !made;
                },
                Deadline,
                "the newer value to be kept");
    }

    [Fact]
    public async Task A_removal_by_another_instance_ends_sharing_as_soon_as_it_is_heard_of()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), 2);
        await caches[1].ReadAsync("witness", "value", ["tag"], Kept);
        await caches[1].HearsAsync();
        var old = new SlowFactory<string>("old");
        var before = caches[1].ReadAsync("key", old.RunAsync, ["tag"], Kept);
        await old.Started;

        await caches[0].RemoveByTagAsync("tag", Cancellation);
        await TestPolling.EventuallyAsync(
            async () => (await caches[1].PeekAsync<string>("witness", Kept)).Outcome == CacheOutcome.Miss, Deadline, "the message to arrive");

        Assert.Equal("new", (await caches[1].ReadAsync("key", "new", ["tag"], Kept).WaitAsync(Deadline, Cancellation)).Value);
        old.Release();
        await before;
        Assert.Equal("new", (await caches[1].ReadAsync("key", "again", ["tag"], Kept)).Value);
    }

    [Fact]
    public async Task A_run_without_a_guard_for_the_readers_tag_is_not_shared()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var old = new SlowFactory<string>("old");
        var before = caches[0].ReadAsync("key", old.RunAsync, options: NotKept);
        await old.Started;

        await caches[0].RemoveByTagAsync("tag", Cancellation);

        Assert.Equal("new", (await caches[0].ReadAsync("key", "new", ["tag"], NotKept).WaitAsync(Deadline, Cancellation)).Value);
        old.Release();
        Assert.Equal("old", (await before).Value);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_value_that_tells_a_tag_removed_meanwhile_is_not_for_who_asked_afterwards(bool isRemoved)
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var old = new SlowFactory<string>("old", context => context.AddTag("told"));
        var before = caches[0].ReadAsync("key", old.RunAsync, options: Kept);
        await old.Started;
        if (isRemoved)
            await caches[0].RemoveByTagAsync("told", Cancellation);
        var after = caches[0].ReadAsync("key", "new", options: Kept);

        old.Release();

        Assert.Equal("old", (await before).Value);
        Assert.Equal(isRemoved ? "new" : "old", (await after).Value);
        Assert.Equal(isRemoved ? "new" : "old", (await caches[0].PeekAsync<string>("key", Kept)).Value);
        await caches[0].RemoveByTagAsync("told", Cancellation);
        Assert.Equal(isRemoved ? "new" : null, (await caches[0].PeekAsync<string>("key", Kept)).Value);
    }

    [Fact]
    public async Task Who_cancels_leaves_at_once_and_the_last_one_ends_the_run_which_nobody_joins_then()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var factory = new SlowFactory<int>(1);
        var reads = new[] { first, second }.Select(source => caches[0].ReadAsync("key", factory.RunAsync, source.Token, options: NotKept)).ToArray();
        await factory.Started;

        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reads[0].WaitAsync(Deadline, Cancellation));
        Assert.False(factory.Token.IsCancellationRequested);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reads[1].WaitAsync(Deadline, Cancellation));

        Assert.Equal(2, (await caches[0].ReadAsync("key", 2, options: NotKept).WaitAsync(Deadline, Cancellation)).Value);
        await TestPolling.EventuallyAsync(() => Task.FromResult(factory.Token.IsCancellationRequested), Deadline, "the factory's token");
    }

    [Fact]
    public async Task A_failure_is_of_all_who_share_the_run_and_of_nobody_later()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var factory = new SlowFactory<int>(1);
        var reads = Enumerable.Range(0, 5).Select(_ => caches[0].ReadAsync("key", factory.RunAsync, options: Kept)).ToArray();
        await factory.Started;
        factory.Fail(new NotSupportedException("the factory's own"));

        foreach (var read in reads)
            Assert.Equal("the factory's own", (await Assert.ThrowsAsync<NotSupportedException>(() => read)).Message);
        Assert.Equal(2, (await caches[0].ReadAsync("key", 2, options: Kept)).Value);
        Assert.Equal(1, factory.Calls);
    }

    [Fact]
    public async Task One_key_may_be_read_as_two_types_at_once()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var number = new SlowFactory<int>(1);
        var running = caches[0].ReadAsync("key", number.RunAsync, options: NotKept);
        await number.Started;

        Assert.Equal("text", (await caches[0].ReadAsync("key", "text", options: NotKept).WaitAsync(Deadline, Cancellation)).Value);
        number.Release();
        Assert.Equal(1, (await running).Value);
    }

    [Fact]
    public async Task Who_only_does_not_write_gets_no_value_from_before_it_asked_keeps_it_and_leaves_nothing_in_Redis()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var caches = new TestCaches(server, 2);
        var options = Kept with { Flags = HybridCacheEntryFlags.DisableDistributedCacheWrite };
        var old = new SlowFactory<int>(0);
        var newer = new Gauge();
        var before = caches[0].ReadAsync("key", old.RunAsync, ["tag"], options);
        await old.Started;

        await caches[1].RemoveAsync("key", Cancellation); // Another instance, whose message nobody need have heard.
        var after = Enumerable.Range(0, 100).Select(_ => caches[0].ReadAsync("key", (_, _) => newer.RunAsync(), ["tag"], options)).ToArray();
        old.Release();

        Assert.Equal(0, (await before).Value);
        Assert.All(await Task.WhenAll(after), read => Assert.InRange(read.Value, 1, newer.Calls));
        Assert.Equal(1, newer.Maximum);
        await caches[0].ReadAsync("other", 7, ["tag"], options);
        Assert.Equal(7, (await caches[0].PeekAsync<int>("other", Kept)).Value);
        Assert.Empty(await server.FindKeysAsync(caches.Prefix + "{"));
    }
}
