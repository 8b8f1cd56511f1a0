using System.Diagnostics;
using Functions.Redis.Caching;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.Caching;

/// <summary>Redis does not answer: how long reads wait, and what becomes of removals.</summary>
public sealed class CacheCircuitTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RedisTimeout = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_read_waits_longer_for_a_silent_Redis_than_allowed_and_soon_none_waits()
    {
        await using var server = (RedisProcess)await RedisServers.StartNewAsync(RedisKind.Single);
        await using var caches = new TestCaches(server, configure: options =>
        {
            options.RedisTimeout = RedisTimeout;
            options.CircuitBreakDuration = TimeSpan.FromSeconds(60);
        });
        await caches[0].ReadAsync("key", 1);
        await server.PauseAsync();

        var waits = new List<TimeSpan>();
        for (var i = 0; i < 2; i++)
        {
            var elapsed = Stopwatch.StartNew();
            Assert.Equal(CacheOutcome.Bypass, (await caches[0].ReadAsync("key", 2)).Outcome);
            waits.Add(elapsed.Elapsed);
        }

        Assert.All(waits, wait => Assert.InRange(wait, RedisTimeout / 2, RedisTimeout * 2));
        for (var i = 0; i < 4; i++)
        {
            var read = caches[0].ReadAsync("key", 2);
            Assert.True(read.IsCompleted);
            Assert.Equal(CacheOutcome.Bypass, (await read).Outcome);
        }

        await server.ResumeAsync();
    }

    [Fact]
    public async Task A_read_whose_factory_runs_while_Redis_falls_silent_does_not_wait_longer_than_allowed()
    {
        await using var server = (RedisProcess)await RedisServers.StartNewAsync(RedisKind.Single);
        await using var caches = new TestCaches(server, 2, options =>
        {
            options.RedisTimeout = RedisTimeout;
            options.LeaseDuration = TimeSpan.FromSeconds(3); // Renewed meanwhile.
        });
        var factory = new SlowFactory<int>(1, context => context.AddTag("told"));
        var holds = caches[0].ReadAsync("key", factory.RunAsync);
        await factory.Started;
        var waits = caches[1].ReadAsync("key", 2);
        await caches[1].PeekAsync<int>("key");

        var elapsed = Stopwatch.StartNew();
        await server.PauseAsync();

        Assert.Equal((2, CacheOutcome.Bypass), ((await waits).Value, (await waits).Outcome));
        Assert.InRange(elapsed.Elapsed, TimeSpan.Zero, RedisTimeout * 2.5);
        elapsed.Restart();
        factory.Release();
        Assert.Equal(1, (await holds).Value);
        Assert.InRange(elapsed.Elapsed, TimeSpan.Zero, RedisTimeout * 2);
        await server.ResumeAsync();
    }

    [Fact]
    public async Task Hits_come_back_after_a_silence_without_a_restart()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches([proxy.ConnectionString], options =>
        {
            options.RedisTimeout = TimeSpan.FromMilliseconds(100);
            options.CircuitBreakDuration = TimeSpan.FromMilliseconds(500);
        });
        await caches[0].ReadAsync("key", 1);
        proxy.SwallowEverything();
        for (var i = 0; i < 3; i++)
            Assert.Equal(CacheOutcome.Bypass, (await caches[0].ReadAsync("key", 2)).Outcome);

        proxy.Resume();

        await TestPolling.EventuallyAsync(async () => (await caches[0].ReadAsync("key", 3)).Outcome == CacheOutcome.Hit, Deadline, "hits");
    }

    [Fact]
    public async Task Reads_that_were_turned_away_do_not_open_the_circuit_again()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var circuit = new CacheCircuit(new CacheOptions(), time);
        circuit.Count(new CacheTimeoutException());
        time.Advance(TimeSpan.FromSeconds(5)); // One reader after the other, each waiting for the whole timeout.
        circuit.Count(new CacheTimeoutException());
        Assert.False(circuit.IsClosed);
        var turnedAway = await Assert.ThrowsAnyAsync<Exception>(() => circuit.TryAsync(() => Task.FromResult(1)).AsTask());

        time.Advance(TimeSpan.FromSeconds(2));
        circuit.Count(turnedAway);
        var tried = await circuit.TryAsync(() => Task.FromResult(1));
        for (var i = 0; i < 10; i++)
            circuit.Count(turnedAway);

        Assert.Equal(1, tried);
        Assert.True(circuit.IsClosed);
    }

    [Theory, InlineData(RedisKind.Garnet), InlineData(RedisKind.Single)]
    public async Task No_read_fails_while_Redis_is_stopped_and_started_under_load(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var caches = new TestCaches(server, 2, options => options.RedisTimeout = TimeSpan.FromMilliseconds(500));
        using var stop = new CancellationTokenSource();
        var reads = 0;
        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            var random = new Random(i);
            while (!stop.IsCancellationRequested)
            {
                var key = random.Next(20);
                Assert.Equal(key, (await caches[i % 2].ReadAsync($"key{key}", key, ["tag"], new() { LocalExpiration = TimeSpan.FromMilliseconds(5 * i) })).Value);
                Interlocked.Increment(ref reads);
                await Task.Delay(1);
            }
        })));

        for (var round = 0; round < 3; round++)
        {
            await server.KillAsync();
            await ProceedAsync();
            await server.StartAsync();
            await ProceedAsync();
        }

        await TestPolling.EventuallyAsync(async () => (await caches[0].ReadAsync("key1", 1)).Outcome == CacheOutcome.Hit, Deadline, "hits");
        await stop.CancelAsync();
        await load; // Throws what a read threw.

        async Task ProceedAsync()
        {
            var before = Volatile.Read(ref reads);
            await TestPolling.EventuallyAsync(() => Task.FromResult(load.IsFaulted || Volatile.Read(ref reads) > before + 200), Deadline, "reads");
        }
    }

    [Fact]
    public async Task A_removal_that_Redis_could_not_take_is_made_later_and_until_then_nothing_older_is_served()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var proxy = TcpProxy.Start(server);
        await using var caches = new TestCaches([proxy.ConnectionString, server.ConnectionString]);
        string[] keys = ["key", "by tag", "set"];
        foreach (var key in keys)
        {
            foreach (var cache in new[] { caches[0], caches[1] })
            {
                await cache.ReadAsync(key, "old", ["tag of " + key], new() { LocalExpiration = TimeSpan.FromHours(1) });
                await cache.KeepsAsync(key, new() { LocalExpiration = TimeSpan.FromHours(1) });
            }
        }

        proxy.RefuseConnections();
        proxy.CutConnections();
        await Assert.ThrowsAnyAsync<RedisException>(() => caches[0].RemoveAsync("key", Cancellation).AsTask());
        await Assert.ThrowsAnyAsync<RedisException>(() => caches[0].RemoveByTagAsync("tag of by tag", Cancellation).AsTask());
        await Assert.ThrowsAnyAsync<RedisException>(() => caches[0].SetAsync("set", "newer", cancellationToken: Cancellation).AsTask());
        foreach (var key in keys)
            await AssertNotServedAsync(key);
        Assert.Equal("old", (await caches[1].PeekAsync<string>("key")).Value);
        proxy.Resume();

        foreach (var key in keys)
        {
            await TestPolling.EventuallyAsync(async () =>
            {
                await AssertNotServedAsync(key);
                return (await caches[1].PeekAsync<string>(key, new() { LocalExpiration = TimeSpan.FromHours(1) })).Outcome == CacheOutcome.Miss;
            }, Deadline, $"the removal of {key}");
        }

        await TestPolling.EventuallyAsync(async () => (await caches[0].ReadAsync("key", "new")).Outcome == CacheOutcome.Hit, Deadline, "hits");

        async Task AssertNotServedAsync(string key) => Assert.NotEqual(
            "old", (await caches[0].PeekAsync<string>(key, new() { LocalExpiration = TimeSpan.FromHours(1) })).Value);
    }

    [Fact]
    public async Task A_removal_that_fails_while_another_of_the_same_key_is_made_up_for_is_not_lost()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var proxy = TcpProxy.Start(server);
        var options = new CacheOptions { KeyPrefix = $"{Unique.Name("cache")}:", PollingInterval = TimeSpan.FromMilliseconds(5) };
        await using var connection = Connections.TestConnections.Create(proxy.ConnectionString);
        var store = new CacheStore(connection, options);
        var pending = new PendingRemovals(store, options, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var database = await connection.GetDatabaseAsync(Cancellation);
        await store.RemoveAsync(["warm"]);
        var before = proxy.RoundTrips;

        // The answers take long enough that the value is stored and the second is added before the first is known to have been made.
        proxy.ResponseDelay = TimeSpan.FromMilliseconds(300);
        pending.Add(["key"], []);
        await TestPolling.EventuallyAsync(() => Task.FromResult(proxy.RoundTrips > before), Deadline, "the first to reach Redis");
        var stored = database.StringSetAsync($"{options.KeyPrefix}{{key}}", "old", TimeSpan.FromMinutes(1));
        pending.Add(["key"], []);
        Assert.False(stored.IsCompleted);
        await stored;
        proxy.ResponseDelay = TimeSpan.Zero;

        await TestPolling.EventuallyAsync(() => Task.FromResult(pending.IsEmpty), Deadline, "the removals");
        Assert.False(await database.KeyExistsAsync($"{options.KeyPrefix}{{key}}"));
        await pending.DisposeAsync();
    }
}
