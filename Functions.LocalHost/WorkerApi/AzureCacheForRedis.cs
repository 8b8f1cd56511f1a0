// The declaration of what Functions/Worker uses of Microsoft.Azure.StackExchangeRedis 3.x: what compiles here compiles there.

using Azure.Core;

namespace StackExchange.Redis;

/// <summary>Signs in to Redis on Azure; the local host has no such Redis and stops before it gets here.</summary>
public static class AzureCacheForRedis
{
    public static Task<ConfigurationOptions> ConfigureForAzureWithTokenCredentialAsync(
        this ConfigurationOptions configurationOptions, TokenCredential tokenCredential) =>
        throw new NotSupportedException("The local host cannot sign in to Redis with Microsoft Entra ID.");
}
