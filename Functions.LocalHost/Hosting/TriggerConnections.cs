using System.Collections.Concurrent;
using Functions.Redis.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Functions.LocalHost.Hosting;

/// <summary>Shares the application's connection where there is one, else connects by the setting.</summary>
internal sealed class TriggerConnections(IConfiguration configuration, IServiceProvider services) : ITriggerConnections, IAsyncDisposable
{
    /// <summary>The setting of the application's own Redis.</summary>
    private const string ApplicationSetting = "Redis";

    private readonly ConcurrentDictionary<string, Lazy<Task<IConnectionMultiplexer>>> _connections = new(StringComparer.OrdinalIgnoreCase);

    public Task<IConnectionMultiplexer> GetAsync(string connectionSetting, CancellationToken cancellationToken)
    {
        // One multiplexer per process: it belongs to the application, which also disposes it.
        if (connectionSetting == ApplicationSetting && services.GetService<RedisConnection>() is { } shared)
        {
            return shared.GetMultiplexerAsync(cancellationToken);
        }

        return _connections.GetOrAdd(connectionSetting, setting => new(() => ConnectAsync(setting))).Value.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values.Where(connection => connection is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
        {
            await (await connection.Value).DisposeAsync();
        }
    }

    private async Task<IConnectionMultiplexer> ConnectAsync(string setting)
    {
        var connectionString = configuration[setting] ?? configuration.GetConnectionString(setting)
            ?? throw new InvalidOperationException($"Setting '{setting}' is missing: Redis triggers need the connection string in it.");
        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(connectionString);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidOperationException($"Setting '{setting}' is not a Redis connection string: {exception.Message}", exception);
        }

        // Redis may come later than this host; the connection is then made in the background.
        options.AbortOnConnectFail = false;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }
}
