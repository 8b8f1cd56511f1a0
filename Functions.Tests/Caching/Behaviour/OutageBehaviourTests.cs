using System.Runtime.CompilerServices;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>Redis is stopped, or takes no writes.</summary>
public sealed class OutageBehaviourTests(RedisServers servers) : CacheBehaviourTests(servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Theory, ClassData<AnyCache>]
    public async Task Reads_work_while_Redis_is_stopped(CacheKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await CheckAsync(
            kind,
            1,
            async caches =>
            {
                await caches[0].GetAsync("warm", "warm", ["tag"]);
                await server.StopAsync();

                Assert.Equal("made", await ReadAsync("key"));
                Assert.Equal("made", await ReadAsync("other"));

                async Task<string> ReadAsync(string key)
                {
                    var read = caches[0].GetAsync(key, "made", ["tag"]).WaitAsync(Deadline, Cancellation);
                    return await Record.ExceptionAsync(() => read) is { } failure ? failure.Message : await read;
                }
            },
            server: server);
    }

    [Theory, ClassData<AnyCache>]
    public async Task Values_are_cached_again_when_Redis_is_back(CacheKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await CheckAsync(
            kind,
            1,
            async caches =>
            {
                await caches[0].GetAsync("warm", "warm");
                await server.StopAsync();
                await caches[0].GetAsync("key", "made", options: ComparedCaches.NotLocal);
                await server.StartAsync();

                // A value of its own for each read: any of them may be the first that is stored, and then stays.
                await TestPolling.EventuallyAsync(
                    async () => await ReadAsync() == await ReadAsync(), TimeSpan.FromSeconds(20), "two reads with one value");

                Task<Guid> ReadAsync() => caches[0].GetAsync("key", Guid.NewGuid(), options: ComparedCaches.NotLocal);
            },
            server: server);
    }

    [Theory, ClassData<AnyCache>]
    public Task Kept_values_are_served_while_Redis_is_stopped(CacheKind kind) => WithoutRedisAsync(kind, server => server.StopAsync(), async caches =>
    {
        Assert.Equal("read", await caches[0].HitAsync<string>("read", ["tag"], ComparedCaches.Local));
        Assert.Equal("set", await caches[0].HitAsync<string>("set", ["tag"], ComparedCaches.Local));
    });

    [Theory, ClassData<AnyCache>]
    public Task Values_made_while_Redis_is_stopped_are_kept(CacheKind kind) =>
        WithoutRedisAsync(kind, server => server.StopAsync(), MadeValuesAreKeptAsync);

    [Theory, ClassData<AnyCache>]
    public Task Kept_values_are_served_while_Redis_refuses_writes(CacheKind kind) => WithoutRedisAsync(kind, RefuseWritesAsync, async caches =>
    {
        Assert.Equal("read", await caches[0].HitAsync<string>("read", ["tag"], ComparedCaches.Local));
        Assert.Equal("set", await caches[0].HitAsync<string>("set", ["tag"], ComparedCaches.Local));
    });

    [Theory, ClassData<AnyCache>]
    public Task Values_made_while_Redis_refuses_writes_are_kept(CacheKind kind) => WithoutRedisAsync(kind, RefuseWritesAsync, MadeValuesAreKeptAsync);

    [Theory, ClassData<AnyCache>]
    public Task Values_in_Redis_are_read_while_it_refuses_writes(CacheKind kind) => WithoutRedisAsync(kind, RefuseWritesAsync, async caches =>
    {
        foreach (var i in Enumerable.Range(0, 5))
            Assert.Equal(i, await caches[0].GetAsync($"key{i}", i, ["tag"], ComparedCaches.NotLocal));

        Assert.Equal("read", await caches[0].HitAsync<string>("read", ["tag"], ComparedCaches.NotLocal));
    });

    private async Task WithoutRedisAsync(
        CacheKind kind, Func<RedisProcess, Task> take, Func<ComparedCaches, Task> expectation, [CallerMemberName] string behaviour = "")
    {
        await using var server = (RedisProcess)await RedisServers.StartNewAsync(RedisKind.Single);
        await CheckAsync(
            kind,
            1,
            async caches =>
            {
                await caches[0].GetAsync("read", "read", ["tag"], ComparedCaches.Local);
                await caches[0].SetAsync("set", "set", ComparedCaches.Local, ["tag"], Cancellation);
                await caches.EventuallyInRedisAsync(0, "read", "read");

                await take(server);

                await expectation(caches);
            },
            server: server,
            behaviour: behaviour);
    }

    private static async Task MadeValuesAreKeptAsync(ComparedCaches caches)
    {
        var first = await ReadAsync();

        Assert.Equal(first, await ReadAsync());

        Task<Guid> ReadAsync() => caches[0].GetAsync("key", Guid.NewGuid(), ["tag"], ComparedCaches.Local).WaitAsync(Deadline, Cancellation);
    }

    private static Task RefuseWritesAsync(RedisProcess server) => RespConnection.CallOnceAsync(server.Endpoint, "CONFIG", "SET", "maxmemory", "1");
}
