using System.Collections.Concurrent;
using Functions.Redis.Connections;
using Functions.Tests.Servers;

[assembly: AssemblyFixture(typeof(RedisServers))]

namespace Functions.Tests.Servers;

/// <summary>
/// The servers that all tests share: a test class takes this as a constructor parameter. Each server starts when it is first asked for,
/// so a filtered run starts only what it needs. Nothing is flushed between tests; they use names of their own (<see cref="Unique"/>).
/// </summary>
public sealed class RedisServers : IAsyncDisposable
{
    private readonly ConcurrentDictionary<RedisKind, Lazy<Task<IRedisServer>>> _servers = new();

    /// <summary>A running server that other tests use at the same time. Not to be stopped or disposed.</summary>
    public Task<IRedisServer> GetAsync(RedisKind kind)
    {
        // Checked in every test, not only in the one that starts the server: each is skipped or fails for itself.
        if (kind != RedisKind.Garnet)
            RedisAvailability.RequireRedisServer();
        return _servers.GetOrAdd(kind, key => new Lazy<Task<IRedisServer>>(() => StartSharedAsync(key))).Value;
    }

    /// <summary>A server of the test's own, to stop, kill, flush and count on. The caller disposes it.</summary>
    public static async Task<IRedisServer> StartNewAsync(RedisKind kind) => kind switch
    {
        RedisKind.Garnet => await GarnetRedis.StartNewAsync(),
        RedisKind.Single => await RedisProcess.StartNewAsync(),
        RedisKind.Cluster => await RedisCluster.StartNewAsync(),
        RedisKind.Sentinel => await RedisSentinel.StartNewAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    // Which test comes first must not matter: a script that the server does not know is sent a second time, after what was sent meanwhile.
    private static async Task<IRedisServer> StartSharedAsync(RedisKind kind)
    {
        var server = await StartNewAsync(kind);
        await using var redis = await server.ConnectAsync();
        var scripts = typeof(RedisScript).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".lua", StringComparison.Ordinal)).Select(RedisScript.Load).ToArray();
        foreach (var node in redis.GetServers().Where(node => !node.IsReplica))
            await Task.WhenAll(scripts.Select(script => node.ScriptLoadAsync(script.Text)));
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
        {
            if (server.Value.IsCompletedSuccessfully)
                await (await server.Value).DisposeAsync();
        }
    }
}
