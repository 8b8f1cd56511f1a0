using StackExchange.Redis;

namespace Functions.Redis.Connections;

/// <summary>Signs connections in with an identity whose credentials change while the process runs, such as Microsoft Entra ID tokens.</summary>
public interface IRedisAuthentication
{
    /// <summary>
    /// Sets what <paramref name="configuration"/> needs, usually <see cref="ConfigurationOptions.Defaults"/> with a provider that has
    /// the current user and password for every new socket, and signs living ones in again before their credentials expire.
    /// </summary>
    /// <remarks>
    /// Called once for each attempt to connect, with options of its own. What it throws counts as a failure to connect: the next use of
    /// the connection tries again.
    /// </remarks>
    ValueTask ConfigureAsync(ConfigurationOptions configuration);
}
