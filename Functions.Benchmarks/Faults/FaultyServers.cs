using Functions.Tests.Application;
using Functions.Tests.Faults;
using Functions.Tests.Servers;

namespace Functions.Benchmarks.Faults;

/// <summary>The servers of the application and a local host, each in a process of its own, and what can happen to them.</summary>
internal sealed class FaultyServers : IAsyncDisposable
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(3);

    private readonly FaultServers _servers;
    private readonly RedisProcess _redis;
    private readonly TcpProxy _blobs;
    private readonly LocalHostProcess _host;

    private FaultyServers(FaultServers servers, RedisProcess redis, TcpProxy blobs, LocalHostProcess host, string postgres, string mail) =>
        (_servers, _redis, _blobs, _host, Postgres, Mail) = (servers, redis, blobs, host, postgres, mail);

    public Uri Host => _host.Address;

    public string Postgres { get; }

    public string Mail { get; }

    /// <summary>Each returns when what it broke is there again.</summary>
    public IReadOnlyList<(string Name, Func<Task> Happen)> Faults =>
    [
        ("Redis killed, started 1 s later", async () =>
        {
            await _redis.KillAsync();
            await Task.Delay(Outage);
            await _redis.StartAsync();
        }),
        ("Redis frozen for 3 s", async () =>
        {
            await _redis.PauseAsync();
            await Task.Delay(Freeze);
            await _redis.ResumeAsync();
        }),
        ("PostgreSQL stopped at once, started 1 s later", async () =>
        {
            await _servers.Postgres.StopImmediatelyAsync();
            await Task.Delay(Outage);
            await _servers.Postgres.StartAsync();
        }),
        ("PostgreSQL frozen for 3 s", async () =>
        {
            await _servers.Postgres.PauseAsync();
            await Task.Delay(Freeze);
            await _servers.Postgres.ResumeAsync();
        }),
        ("Blob storage away for 3 s", async () =>
        {
            _blobs.RefuseConnections();
            _blobs.CutConnections();
            await Task.Delay(Freeze);
            _blobs.Resume();
        }),
        ("local host killed and started", async () =>
        {
            await _host.KillAsync();
            await _host.StartAsync();
        }),
    ];

    public static async Task<FaultyServers> StartAsync()
    {
        var servers = new FaultServers();
        await servers.InitializeAsync();
        var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendEverySecond);
        var (blobs, storage) = await servers.StartStorageProxyAsync();
        var (postgres, mail) = (await servers.CreateDatabaseAsync(), servers.CreateDirectory());
        var host = await LocalHostProcess.StartAsync(
            await servers.SettingsAsync(postgres, mail, ("Redis", redis.ConnectionString), ("AzureWebJobsStorage", storage), ("Logging__LogLevel__Default", "Warning")));
        return new FaultyServers(servers, redis, blobs, host, postgres, mail);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _blobs.DisposeAsync();
        await _redis.DisposeAsync();
        await _servers.DisposeAsync();
    }
}
