using Functions.Tests.Servers;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>Redis is stopped and started again.</summary>
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

                await TestPolling.EventuallyAsync(
                    async () =>
                    {
                        await caches[0].GetAsync("key", "made", options: ComparedCaches.NotLocal);
                        return await caches[0].GetAsync("key", "made again", options: ComparedCaches.NotLocal) == "made";
                    },
                    Deadline,
                    "a hit");
            },
            server: server);
    }
}
