using Functions.Data;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Worker;

/// <summary>Signs in to Redis with the application's managed identity, and again on living connections before a token expires.</summary>
internal sealed class EntraRedisAuthentication(RedisOptions options) : IRedisAuthentication
{
    /// <inheritdoc/>
    public async ValueTask ConfigureAsync(ConfigurationOptions configuration)
    {
        // One connection for commands and subscriptions: with RESP2 subscriptions have one of their own, which cannot be signed in again.
        configuration.Protocol = RedisProtocol.Resp3;
        await configuration.ConfigureForAzureWithTokenCredentialAsync(ManagedIdentity.Credential(options.ClientId));
    }
}
