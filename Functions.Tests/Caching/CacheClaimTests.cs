using Functions.Redis.Caching;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching;

/// <summary>Readers who expect a miss ask for the lease together with the entry: one round trip if they were right, nothing lost if not.</summary>
public sealed class CacheClaimTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(RedisKind.Garnet), InlineData(RedisKind.Single)]
    public async Task The_first_read_of_a_key_costs_one_round_trip_before_the_factory_begins(RedisKind kind)
    {
        await using var proxy = TcpProxy.Start(await servers.GetAsync(kind));
        await using var caches = new TestCaches([proxy.ConnectionString]);
        await caches[0].ReadAsync("another", 1, ["tag"]); // The generations are known now.
        await caches.StoredAsync();

        Assert.Equal(1, await CountAsync(_ => default));
        Assert.Equal(1, await CountAsync(key => caches[0].RemoveAsync(key, Cancellation)));
        Assert.Equal(2, await CountAsync(_ => caches[0].RemoveByTagAsync("tag", Cancellation))); // That the entry is not valid shows in its read.

        // The least of several: two commands that are sent together may be answered one by one.
        async Task<long> CountAsync(Func<string, ValueTask> prepareAsync)
        {
            var least = long.MaxValue;
            for (var i = 0; i < 10; i++)
            {
                await prepareAsync($"key{i}");
                var before = proxy.RoundTrips;
                await caches[0].ReadAsync($"key{i}", (_, _) =>
                {
                    least = Math.Min(least, proxy.RoundTrips - before);
                    return ValueTask.FromResult(1);
                }, ["tag"]);
                await caches.StoredAsync();
            }

            return least;
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Who_expected_a_miss_and_finds_the_entry_leaves_no_lease_behind(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        await caches[1].ReadAsync("another", "value", ["tag"]);
        await caches[0].ReadAsync("key", "value", ["tag"]);
        await caches.StoredAsync();

        var read = await caches[1].ReadAsync("key", "own", ["tag"]);
        await caches.StoredAsync();

        Assert.Equal(("value", CacheOutcome.Hit), (read.Value, read.Outcome));
        var database = await caches.Connection(1).GetDatabaseAsync(Cancellation);
        Assert.False(await database.KeyExistsAsync($"{caches.Prefix}{{key}}:lease"));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Who_expected_older_generations_stores_under_those_it_found(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        await caches[1].ReadAsync("another", "value", ["tag"]);
        await caches[0].RemoveByTagAsync("tag", Cancellation);

        var made = await caches[1].ReadAsync("key", "made", ["tag"]);
        var elsewhere = await caches[0].ReadAsync("key", "made again", ["tag"]);

        Assert.Equal(("made", CacheOutcome.Miss), (made.Value, made.Outcome));
        Assert.Equal(("made", CacheOutcome.Hit), (elsewhere.Value, elsewhere.Outcome));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Readers_of_unknown_keys_on_several_instances_call_one_factory(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 3);
        foreach (var i in Enumerable.Range(0, 3))
            await caches[i].ReadAsync("another", 1, ["a", "b"]);
        for (var round = 0; round < 100; round++)
        {
            var calls = 0;

            var reads = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => caches[i % 3].ReadAsync($"key{round}", async (_, _) =>
            {
                await Task.Yield();
                return Interlocked.Increment(ref calls);
            }, ["a", "b"])));

            Assert.Equal(1, calls);
            Assert.All(reads, read => Assert.Equal(1, read.Value));
        }
    }

    [Fact]
    public async Task Who_joins_a_run_that_is_withdrawn_is_told()
    {
        var flight = new CacheFlight<string>();
        Assert.True(flight.TryJoin(Cancellation, out var joined));

        flight.Withdraw();

        Assert.Null(await joined);
        Assert.False(flight.TryJoin(Cancellation, out _));
    }

    [Fact]
    public async Task Who_joins_before_a_run_begins_gets_its_result()
    {
        var flight = new CacheFlight<string>();
        Assert.True(flight.TryJoin(Cancellation, out var joined));

        var own = await flight.RunAsync("made", static (value, _) => ValueTask.FromResult(value), CancellationToken.None);

        Assert.Equal(("made", "made"), (own, await joined));
    }
}
