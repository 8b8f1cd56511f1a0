using Functions.Redis.Caching;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;
using StackExchange.Redis;

namespace Functions.Tests.Caching;

/// <summary>Redis is not there.</summary>
public sealed class CacheOutageTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task Reads_go_to_the_factory_while_Redis_is_down_and_hit_again_afterwards(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var caches = new TestCaches(server);
        await caches[0].ReadAsync("key", 1);
        await server.StopAsync();

        var read = await caches[0].ReadAsync("key", 2, ["tag"]);
        var nothing = await caches[0].ReadAsync("key", 3, options: new() { Flags = HybridCacheEntryFlags.DisableUnderlyingData });
        await server.StartAsync();

        Assert.Equal((2, CacheOutcome.Bypass), (read.Value, read.Outcome));
        Assert.Equal((0, CacheOutcome.Bypass), (nothing.Value, nothing.Outcome));
        await TestPolling.EventuallyAsync(
            async () => (await caches[0].ReadAsync("key", 4, ["tag"])).Outcome == CacheOutcome.Hit, Deadline, "hits");
    }

    [Fact]
    public async Task Without_Redis_factories_run_one_at_a_time_per_key()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var caches = new TestCaches(server);
        await caches[0].ReadAsync("warm", 1);
        await server.StopAsync();
        var gauge = new Gauge();
        var other = new Gauge();

        var reads = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            caches[0].ReadAsync(i % 2 == 0 ? "one" : "two", (_, _) => (i % 2 == 0 ? gauge : other).RunAsync())));

        Assert.All(reads, read => Assert.Equal(CacheOutcome.Bypass, read.Outcome));
        Assert.Equal((1, 1), (gauge.Maximum, other.Maximum));
        Assert.InRange(gauge.Calls, 1, 20);
    }

    [Fact]
    public async Task Without_Redis_who_arrives_while_a_factory_runs_shares_the_next_run_and_gets_an_instance_of_its_own()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var caches = new TestCaches(server);
        await caches[0].PeekAsync<int>("warm");
        await server.StopAsync();
        var first = new SlowFactory<List<int>>([1]);
        var second = new SlowFactory<List<int>>([2]);
        var early = caches[0].ReadAsync("key", first.RunAsync);
        await first.Started;

        var late = Enumerable.Range(0, 10).Select(_ => caches[0].ReadAsync("key", second.RunAsync)).ToArray();
        first.Release();
        await second.Started;
        second.Release();
        var lists = (await Task.WhenAll(late)).Select(read => read.Value).ToArray();

        Assert.Equal([1], (await early).Value);
        Assert.All(lists, list => Assert.Equal([2], list));
        Assert.Equal(10, lists.Distinct(ReferenceEqualityComparer.Instance).Count());
        Assert.InRange(second.Calls, 1, 2); // Those who noticed the outage only after the run had begun share another.
    }

    [Fact]
    public async Task Without_Redis_the_same_key_may_be_read_as_two_types()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var caches = new TestCaches(server);
        await caches[0].PeekAsync<int>("warm");
        await server.StopAsync();
        var number = new SlowFactory<int>(1);
        var running = caches[0].ReadAsync("key", number.RunAsync);
        await number.Started;

        var text = Enumerable.Range(0, 3).Select(_ => caches[0].ReadAsync("key", "text")).ToArray();
        number.Release();

        Assert.Equal(1, (await running).Value);
        Assert.All(await Task.WhenAll(text), read => Assert.Equal("text", read.Value));
    }

    [Fact]
    public async Task Without_Redis_a_cancelled_reader_neither_calls_nor_blocks()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var caches = new TestCaches(server);
        await caches[0].PeekAsync<int>("warm");
        await server.StopAsync();
        using var cancellation = new CancellationTokenSource();
        var first = new SlowFactory<int>(1);
        var running = caches[0].ReadAsync("key", first.RunAsync);
        await first.Started;
        var called = false;
        var waiting = caches[0].ReadAsync<int>("key", (_, _) =>
        {
            called = true;
            return ValueTask.FromResult(2);
        }, cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var next = caches[0].ReadAsync("key", 3);
        first.Release();

        Assert.Equal(1, (await running).Value);
        Assert.Equal(3, (await next.WaitAsync(Deadline, Cancellation)).Value);
        Assert.False(called);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Redis_lost_while_a_factory_runs_does_not_lose_its_value(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var caches = new TestCaches(server, configure: options => options.LeaseDuration = TimeSpan.FromMilliseconds(200));
        var factory = new SlowFactory<int>(1, context => context.AddTag("told"));
        var reads = Enumerable.Range(0, 3).Select(_ => caches[0].ReadAsync("key", factory.RunAsync)).ToArray();
        await factory.Started;
        await caches[0].SharedByAsync<int>(3);

        await server.KillAsync();
        factory.Release();

        Assert.All(await Task.WhenAll(reads).WaitAsync(Deadline, Cancellation), read => Assert.Equal(1, read.Value));
    }

    [Fact]
    public async Task A_cluster_that_has_lost_a_server_blocks_nobody()
    {
        await using var server = (RedisCluster)await RedisServers.StartNewAsync(RedisKind.Cluster);
        foreach (var node in server.Nodes)
            await RespConnection.CallOnceAsync(node.Endpoint, "CONFIG", "SET", "cluster-require-full-coverage", "no");
        await using var caches = new TestCaches(server);
        await caches[0].ReadAsync("warm", 1);
        var holdsEpoch = await server.FindMasterAsync($"{caches.Prefix}epoch");
        await holdsEpoch.KillAsync();

        // Every key, wherever its lease lies; several readers of each, some of whom share a run.
        var reads = Enumerable.Range(0, 100).Select(i => caches[0].ReadAsync($"key{i % 20}", (context, _) =>
        {
            context.AddTag("told");
            return ValueTask.FromResult(i % 20);
        }, ["tag"])).ToArray();

        var entries = await Task.WhenAll(reads).WaitAsync(Deadline, Cancellation);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => i % 20), entries.Select(entry => entry.Value));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task What_the_factory_throws_is_not_mistaken_for_an_outage(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind));
        Exception[] failures =
        [
            new RedisConnectionException(ConnectionFailureType.SocketFailure, CommandFlags.None, "the factory's own", null, CommandStatus.Sent),
            new RedisTimeoutException(CommandFlags.None, "the factory's own", CommandStatus.Sent),
            new RedisServerException(RedisErrorKind.Unknown, CommandFlags.None, "LOADING the factory's own"),
        ];
        foreach (var failure in failures)
        {
            var calls = 0;

            var thrown = await Assert.ThrowsAnyAsync<Exception>(() => caches[0].ReadAsync<int>("key", (_, _) =>
            {
                calls++;
                throw failure;
            }));

            Assert.Same(failure, thrown);
            Assert.Equal(1, calls);
        }
    }

    [Fact]
    public async Task An_invalidation_that_Redis_cannot_take_is_an_error()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var caches = new TestCaches(server);
        await caches[0].ReadAsync("key", 1, ["tag"]);
        await server.StopAsync();

        await Assert.ThrowsAnyAsync<RedisException>(() => caches[0].RemoveAsync("key", Cancellation).AsTask());
        await Assert.ThrowsAnyAsync<RedisException>(() => caches[0].RemoveByTagAsync("tag", Cancellation).AsTask());
    }
}
