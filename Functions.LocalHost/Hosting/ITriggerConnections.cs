using StackExchange.Redis;

namespace Functions.LocalHost.Hosting;

/// <summary>The Redis connections of the triggers.</summary>
internal interface ITriggerConnections
{
    /// <summary>The connection that the setting named <paramref name="connectionSetting"/> describes, the same one at every call.</summary>
    /// <exception cref="InvalidOperationException">The setting is missing or cannot be understood.</exception>
    Task<IConnectionMultiplexer> GetAsync(string connectionSetting, CancellationToken cancellationToken);
}
