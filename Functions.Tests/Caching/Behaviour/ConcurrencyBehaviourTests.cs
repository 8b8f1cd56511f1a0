using Functions.Tests.Servers;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>Several callers at the same time; cancellation; factories that fail.</summary>
public sealed class ConcurrencyBehaviourTests(RedisServers servers) : CacheBehaviourTests(servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Theory, ClassData<AnyCache>]
    public Task Concurrent_readers_on_one_instance_share_one_factory_call(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var factory = new SlowFactory<string>("made");
        var reads = Enumerable.Range(0, 50).Select(_ => Task.Run(() => caches[0].GetHeldAsync("key", factory))).ToArray();
        await factory.Started;
        factory.Release();

        Assert.All(await Task.WhenAll(reads), value => Assert.Equal("made", value));
        Assert.Equal(1, factory.Calls);
    });

    [Theory, ClassData<AnyCache>]
    public Task Concurrent_readers_on_two_instances_share_one_factory_call(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await caches[1].GetAsync("warm", "value"); // Connected when it is waited for.
        var factory = new SlowFactory<string>("first");
        var second = new SlowFactory<string>("second");
        var read = caches[0].GetHeldAsync("key", factory);
        await factory.Started;

        // That it does not begin shows only by waiting a while.
        var other = caches[1].GetHeldAsync("key", second);
        await Task.WhenAny(second.Started, Task.Delay(TimeSpan.FromMilliseconds(500), Cancellation));
        second.Release();
        factory.Release();

        await Task.WhenAll(read, other);
        Assert.Equal((1, 0), (factory.Calls, second.Calls));
        Assert.Equal("first", await other);
    });

    [Theory, ClassData<AnyCache>]
    public Task Readers_of_other_keys_do_not_wait(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var factory = new SlowFactory<string>("slow");
        var read = caches[0].GetHeldAsync("slow", factory);
        await factory.Started;

        foreach (var i in Enumerable.Range(0, 100))
            Assert.Equal(i, await caches[0].GetAsync($"key{i}", i).WaitAsync(Deadline, Cancellation));

        factory.Release();
        Assert.Equal("slow", await read);
    });

    [Theory, ClassData<AnyCache>]
    public Task A_failure_of_the_factory_reaches_every_reader_and_is_not_cached(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        var factory = new SlowFactory<string>("never");
        var reads = Enumerable.Range(0, 10).Select(_ => caches[0].GetHeldAsync("key", factory)).ToArray();
        await factory.Started;
        factory.Fail(new NotSupportedException("the factory's own"));

        foreach (var read in reads)
            Assert.Equal("the factory's own", Assert.IsType<NotSupportedException>(await Record.ExceptionAsync(() => read)).Message);
        Assert.Equal("made", await caches[0].GetAsync("key", "made"));
        await caches.EventuallyInRedisAsync(1, "key", "made");
    });

    [Theory, ClassData<AnyCache>]
    public Task A_reader_who_has_cancelled_before_does_not_call_the_factory(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        var factory = new SlowFactory<string>("never");
        factory.Release();

        var failure = await Record.ExceptionAsync(() => caches[0].GetHeldAsync("key", factory, cancellation: cancellation.Token));

        Assert.IsAssignableFrom<OperationCanceledException>(failure);
        Assert.Equal(0, factory.Calls);
    });

    [Theory, ClassData<AnyCache>]
    public Task A_reader_who_cancels_ends_the_factory_that_nobody_else_waits_for(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        using var cancellation = new CancellationTokenSource();
        var factory = new SlowFactory<string>("never");
        var read = caches[0].GetHeldAsync("key", factory, cancellation: cancellation.Token);
        await factory.Started;

        await cancellation.CancelAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await Record.ExceptionAsync(() => read.WaitAsync(Deadline, Cancellation)));
        await TestPolling.EventuallyAsync(() => Task.FromResult(factory.Token.IsCancellationRequested), Deadline, "the factory's token");
        Assert.Equal("made", await caches[0].GetAsync("key", "made").WaitAsync(Deadline, Cancellation));
    });

    [Theory, ClassData<AnyCache>]
    public Task A_reader_who_waits_and_cancels_does_not_concern_who_called_the_factory(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        using var cancellation = new CancellationTokenSource();
        var factory = new SlowFactory<string>("made");
        var first = caches[0].GetHeldAsync("key", factory);
        await factory.Started;
        var second = caches[0].GetHeldAsync("key", factory, cancellation: cancellation.Token);

        await cancellation.CancelAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(await Record.ExceptionAsync(() => second.WaitAsync(Deadline, Cancellation)));
        factory.Release();

        Assert.Equal("made", await first);
        Assert.Equal(1, factory.Calls);
    });

    [Theory, ClassData<AnyCache>]
    public Task A_reader_who_called_the_factory_and_cancels_does_not_fail_the_others(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        using var cancellation = new CancellationTokenSource();
        var factory = new SlowFactory<string>("made");
        var first = caches[0].GetHeldAsync("key", factory, cancellation: cancellation.Token);
        await factory.Started;
        var others = Enumerable.Range(0, 5).Select(_ => caches[0].GetHeldAsync("key", factory)).ToArray();

        await cancellation.CancelAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(await Record.ExceptionAsync(() => first.WaitAsync(Deadline, Cancellation)));
        factory.Release();

        Assert.All(await Task.WhenAll(others).WaitAsync(Deadline, Cancellation), value => Assert.Equal("made", value));
    });

    [Theory, ClassData<AnyCache>]
    public Task Readers_setters_and_removers_of_one_key_do_not_disturb_each_other(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var cache = caches[worker % 2];
            foreach (var round in Enumerable.Range(0, 50))
            {
                if (worker < 2)
                    await cache.SetAsync("key", "set", tags: ["tag"], cancellationToken: Cancellation);
                else if (worker == 2)
                    await cache.RemoveAsync("key", Cancellation);
                else if (worker == 3 && round % 10 == 0)
                    await cache.RemoveByTagAsync("tag", Cancellation);
                else
                    Assert.Contains(await cache.GetAsync("key", "made", ["tag"]), new[] { "set", "made" });
            }
        })));

        await caches[0].RemoveAsync("key", Cancellation);
        await caches[0].SetAsync("key", "last", ComparedCaches.NotLocal, cancellationToken: Cancellation);
        Assert.Equal("last", await caches[0].HitAsync<string>("key", options: ComparedCaches.NotLocal));
    });
}
