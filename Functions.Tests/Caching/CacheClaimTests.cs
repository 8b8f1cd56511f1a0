using System.Buffers.Binary;
using Functions.Redis.Caching;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging;

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

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_Redis_that_only_refuses_to_write_serves_hits_and_is_no_outage_of_them(bool isCancellable)
    {
        await using var server = (RedisProcess)await RedisServers.StartNewAsync(RedisKind.Single);
        using var log = new LogRecorder();
        using var logging = new LoggerFactory([log]);
        await using var caches = new TestCaches(
            server, 2, options => options.CircuitBreakDuration = TimeSpan.FromMinutes(1), logging.CreateLogger<RedisHybridCache>());
        for (var i = 0; i < 10; i++)
            await caches[0].ReadAsync($"key{i}", i, ["tag"]);
        for (var i = 0; i < 20; i++)
            await caches[1].ReadAsync($"another{i}", 1, ["tag"]); // The generations are known now, so a claim can name them; and misses are expected.
        await caches.StoredAsync();
        await RespConnection.CallOnceAsync(server.Endpoint, "CONFIG", "SET", "maxmemory", "1");

        for (var i = 0; i < 10; i++)
        {
            var key = i;
            Assert.Equal(i, await caches[1].GetOrCreateAsync(
                $"key{i}", _ => ValueTask.FromResult(-key), tags: ["tag"], cancellationToken: isCancellable ? Cancellation : CancellationToken.None));
        }

        await caches.StoredAsync();
        var refused = RedisInfo.Parse(await RespConnection.CallOnceAsync(server.Endpoint, "INFO", "errorstats"));
        Assert.Equal("count=8", refused["errorstat_OOM"]); // The claims, until the hits have told that none is needed.
        Assert.Equal(CacheOutcome.Hit, (await caches[1].PeekAsync<int>("key0")).Outcome);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Theory, InlineData(long.MaxValue), InlineData(-1)]
    public async Task An_entry_of_foreign_bytes_counts_as_none_and_its_lease_is_granted(long retention)
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single));
        await caches[0].ReadAsync("another", 1);
        await caches.StoredAsync();
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);
        byte[] bytes = (await database.StringGetAsync($"{caches.Prefix}{{another}}"))!;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(18), retention);
        foreach (var key in new[] { "fast", "general" })
            await database.StringSetAsync($"{caches.Prefix}{{{key}}}", bytes);

        Assert.Equal(2, await caches[0].GetOrCreateAsync("fast", _ => ValueTask.FromResult(2), cancellationToken: CancellationToken.None));
        Assert.Equal((2, CacheOutcome.Miss), await ReadAsync("general"));
        await caches.StoredAsync();

        Assert.Equal((2, CacheOutcome.Hit), await ReadAsync("fast"));
        Assert.Empty(caches[0].Leases.All);

        async Task<(int, CacheOutcome)> ReadAsync(string key)
        {
            var (value, outcome) = await caches[0].ReadAsync(key, 2);
            return (value, outcome);
        }
    }

    [Fact]
    public async Task Who_joins_a_run_that_does_not_begin_in_time_goes_on_without_it()
    {
        var flight = new CacheFlight<string>();
        Assert.True(flight.TryJoin(TimeSpan.FromMilliseconds(20), Cancellation, out var joined));

        Assert.Null(await joined.WaitAsync(TimeSpan.FromSeconds(10), Cancellation));
        Assert.Equal(1, flight.Callers);
    }

    [Fact]
    public async Task Who_joins_a_run_that_has_begun_waits_for_its_end()
    {
        var flight = new CacheFlight<string>();
        var factory = new SlowFactory<string>("made");
        var own = flight.RunAsync(factory, static (factory, abandoned) => factory.CallAsync(abandoned), CancellationToken.None).AsTask();
        Assert.True(flight.TryJoin(TimeSpan.Zero, Cancellation, out var joined));

        Assert.False(joined.IsCompleted);
        factory.Release();

        Assert.Equal(("made", "made"), (await own, await joined));
    }

    [Fact]
    public async Task A_lease_that_is_held_here_but_has_been_lost_sight_of_holds_nobody_up()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single), configure: options => options.LeaseDuration = TimeSpan.FromMilliseconds(200));
        var generations = (await caches[0].Store.ReadAsync(caches[0].Store.Plan("key", []))).Generations;
        await generations.CompleteAsync(caches[0].Store.EnsureGenerationAsync);
        var lost = caches[0].NewLease<int>("key", generations.Fingerprint([]), mayTellTags: false);
        Assert.Equal(lost.Token, await caches[0].Store.AcquireAsync(lost, default));

        var read = await caches[0].ReadAsync("key", 1).WaitAsync(TimeSpan.FromSeconds(10), Cancellation);

        Assert.Equal((1, CacheOutcome.Miss), (read.Value, read.Outcome));
    }

    [Fact]
    public async Task Who_joins_a_run_that_is_withdrawn_is_told()
    {
        var flight = new CacheFlight<string>();
        Assert.True(flight.TryJoin(Timeout.InfiniteTimeSpan, Cancellation, out var joined));

        flight.Withdraw();

        Assert.Null(await joined);
        Assert.False(flight.TryJoin(Timeout.InfiniteTimeSpan, Cancellation, out _));
    }

    [Fact]
    public async Task Who_joins_before_a_run_begins_gets_its_result()
    {
        var flight = new CacheFlight<string>();
        Assert.True(flight.TryJoin(Timeout.InfiniteTimeSpan, Cancellation, out var joined));

        var own = await flight.RunAsync("made", static (value, _) => ValueTask.FromResult(value), CancellationToken.None);

        Assert.Equal(("made", "made"), (own, await joined));
    }
}
