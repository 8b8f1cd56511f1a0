using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Worker;

/// <summary>A Redis and a PostgreSQL for one host alone.</summary>
internal sealed class ContractServers(RedisServers redis) : IAsyncDisposable
{
    private PostgresProcess? _postgres;
    private RedisProcess? _redis;

    /// <summary>Starts them; returns the settings of a host on them.</summary>
    public async Task<Dictionary<string, string>> StartAsync()
    {
        await redis.GetAsync(RedisKind.Single); // Skips or fails where there is no redis-server.
        _redis = await RedisProcess.StartNewAsync();
        _postgres = await PostgresProcess.StartNewAsync();
        return new(LocalHostProcess.SettingsOf(_redis.ConnectionString, await TestDatabases.On(_postgres.ConnectionString).CreateAsync()))
        {
            ["Tasks__ShutdownLimit"] = "00:00:02",
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }
}
