using Functions.Redis.Caching;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching;

/// <summary>Many readers miss one key at the same time.</summary>
public sealed class CacheConcurrencyTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task Concurrent_misses_on_several_instances_call_the_factory_once(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 3);
        for (var round = 0; round < 5; round++)
        {
            var calls = 0;
            var reads = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => caches[i % 3].ReadAsync($"key{round}", async (_, _) =>
            {
                await Task.Delay(20, Cancellation);
                return Interlocked.Increment(ref calls);
            }, i % 2 == 0 ? ["a", "b"] : ["b", "a"])));

            Assert.Equal(1, calls);
            Assert.All(reads, read => Assert.Equal(1, read.Value));
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task So_they_do_where_only_some_instances_know_the_tags_that_the_value_tells(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 3);
        var calls = 0;
        await caches[0].ReadAsync("key", FactoryAsync);
        await caches[0].RemoveAsync("key", Cancellation);

        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => caches[i % 3].ReadAsync("key", FactoryAsync)));

        Assert.Equal(2, calls);

        async ValueTask<int> FactoryAsync(CacheEntryContext context, CancellationToken cancellation)
        {
            await Task.Delay(20, cancellation);
            context.AddTag("told");
            return Interlocked.Increment(ref calls);
        }
    }

    [Fact]
    public async Task Readers_that_share_a_run_get_an_instance_each()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var factory = new SlowFactory<List<int>>([1, 2, 3]);

        var reads = Enumerable.Range(0, 5).Select(_ => caches[0].ReadAsync("key", factory.RunAsync)).ToArray();
        await caches[0].SharedByAsync<List<int>>(5);
        factory.Release();
        var lists = (await Task.WhenAll(reads)).Select(read => read.Value).ToArray();

        Assert.Equal(1, factory.Calls);
        Assert.All(lists, list => Assert.Equal([1, 2, 3], list));
        Assert.Equal(5, lists.Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_factory_that_throws_fails_all_who_wait_for_this_run_and_the_next_reader_calls_again(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        var failing = new SlowFactory<int>(0);
        var reads = Enumerable.Range(0, 10).Select(_ => caches[0].ReadAsync("key", failing.RunAsync)).ToArray();
        await failing.Started;
        await caches[0].SharedByAsync<int>(10);
        var elsewhere = caches[1].ReadAsync("key", 2);

        failing.Fail(new InvalidOperationException("broken"));

        foreach (var read in reads)
            Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => read)).Message);
        Assert.Equal(1, failing.Calls);
        Assert.Equal(2, (await elsewhere.WaitAsync(TimeSpan.FromSeconds(2), Cancellation)).Value);
        Assert.Equal(2, (await caches[0].ReadAsync("key", 3)).Value);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_reader_that_died_while_it_filled_delays_others_by_its_lease_only(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 3, options => options.LeaseDuration = TimeSpan.FromMilliseconds(400));
        var generations = (await caches[0].Store.ReadAsync(caches[0].Store.Plan("key", []))).Generations;
        await generations.CompleteAsync(caches[0].Store.EnsureGenerationAsync);
        var dead = caches[2].Lease("key", 42, generations.Fingerprint([]));
        var elapsed = System.Diagnostics.Stopwatch.StartNew(); // Not after the lease has begun.
        Assert.Equal(dead.Token, await caches[2].Store.AcquireAsync(dead, default));

        var calls = 0;
        var reads = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            caches[i % 2].ReadAsync("key", (_, _) => ValueTask.FromResult(Interlocked.Increment(ref calls)))));

        Assert.All(reads, read => Assert.Equal(1, read.Value));
        Assert.InRange(elapsed.ElapsedMilliseconds, 395, 2_000);
        Assert.False(await caches[2].Store.FillAsync(dead, [1], TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_living_reader_keeps_its_lease_for_longer_than_it_lasts()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), 2);
        var slow = new SlowFactory<int>(1);
        var first = caches[0].ReadAsync("key", slow.RunAsync);
        await slow.Started;

        var second = caches[1].ReadAsync("key", 2);
        for (var i = 0; i < 3; i++)
            await caches.RenewedAsync("key");
        Assert.False(second.IsCompleted);
        slow.Release();

        Assert.Equal(1, (await first).Value);
        Assert.Equal((1, CacheOutcome.Hit), ((await second).Value, (await second).Outcome));
    }

    [Fact]
    public async Task Who_has_waited_long_enough_for_another_process_calls_one_factory_at_a_time()
    {
        await using var caches = new TestCaches(
            await servers.GetAsync(RedisKind.Garnet), 2, options => options.MaximumWait = TimeSpan.FromMilliseconds(200));
        var slow = new SlowFactory<int>(1);
        var first = caches[0].ReadAsync("key", slow.RunAsync);
        await slow.Started;

        var gauge = new Gauge();
        var reads = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => caches[1].ReadAsync("key", (_, _) => gauge.RunAsync()))).WaitAsync(Deadline, Cancellation);

        Assert.All(reads, read => Assert.InRange(read.Value, 1, 50));
        Assert.Equal(1, gauge.Maximum);
        Assert.InRange(gauge.Calls, 1, 10);
        slow.Release();
        await first;
    }

    [Fact]
    public async Task However_many_readers_wait_for_another_process_one_of_them_asks_Redis()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var caches = new TestCaches(server, 2, options => options.PollingInterval = TimeSpan.FromMilliseconds(20));
        var slow = new SlowFactory<int>(1);
        var first = caches[0].ReadAsync("key", slow.RunAsync);
        await slow.Started;
        var asking = await CommandCounter.StartAsync(server);
        var reads = Enumerable.Range(0, 100).Select(_ => caches[1].ReadAsync("key", 2)).ToArray();
        await TestPolling.EventuallyAsync(
            async () => (await asking.CountAsync()).GetValueOrDefault("evalsha") >= reads.Length, Deadline, "every reader to have asked for the lease");

        var counter = await CommandCounter.StartAsync(server);
        await Assert.ThrowsAsync<TimeoutException>(() => Task.WhenAll(reads).WaitAsync(TimeSpan.FromMilliseconds(400), Cancellation));
        var polls = (await counter.CountAsync()).Values.Sum();
        slow.Release();

        Assert.InRange(polls, 2, 100);
        Assert.All(await Task.WhenAll(reads), read => Assert.Equal((1, CacheOutcome.Hit), (read.Value, read.Outcome)));
        await first;
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_caller_that_gives_up_does_not_cancel_the_factory_for_others(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind));
        using var cancellation = new CancellationTokenSource();
        var factory = new SlowFactory<int>(1);
        var gone = caches[0].ReadAsync("key", factory.RunAsync, cancellation.Token);
        await factory.Started;
        var stays = caches[0].ReadAsync("key", factory.RunAsync);
        await caches[0].SharedByAsync<int>(2);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);

        Assert.False(factory.Token.IsCancellationRequested);
        factory.Release();
        Assert.Equal(1, (await stays).Value);
        Assert.Equal(1, factory.Calls);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_factory_that_nobody_waits_for_is_cancelled_and_its_lease_given_back(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2, options => options.LeaseDuration = TimeSpan.FromMinutes(1));
        using var cancellation = new CancellationTokenSource();
        var factory = new SlowFactory<int>(1);
        var reads = Enumerable.Range(0, 3).Select(_ => caches[0].ReadAsync("key", factory.RunAsync, cancellation.Token)).ToArray();
        await factory.Started;
        await caches[0].SharedByAsync<int>(3);

        await cancellation.CancelAsync();
        foreach (var read in reads)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);

        await TestPolling.EventuallyAsync(() => Task.FromResult(factory.Token.IsCancellationRequested), Deadline, "the factory to be cancelled");
        Assert.Equal(2, (await caches[1].ReadAsync("key", 2).WaitAsync(Deadline, Cancellation)).Value);
    }

    [Fact]
    public async Task A_cancelled_caller_sends_nothing()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            caches[0].ReadAsync<int>("key", (_, _) => throw new InvalidOperationException("called"), new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task A_factory_that_cancels_itself_keeps_its_reason()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));

        var exception = await Assert.ThrowsAsync<TaskCanceledException>(() =>
            caches[0].ReadAsync<int>("key", (_, _) => throw new TaskCanceledException("timed out", new TimeoutException("upstream"))));

        Assert.IsType<TimeoutException>(exception.InnerException);
    }
}
