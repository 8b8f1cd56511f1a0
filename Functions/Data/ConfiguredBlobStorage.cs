using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;

namespace Functions.Data;

/// <summary>
/// The account of <c>AzureWebJobsStorage</c>: a connection string, or <c>AzureWebJobsStorage__accountName</c> or
/// <c>…__blobServiceUri</c> with the application's managed identity.
/// </summary>
internal sealed class ConfiguredBlobStorage(IConfiguration configuration) : IBlobStorage
{
    private readonly Lazy<BlobServiceClient> _client = new(() => Create(configuration));

    public bool IsRunning => true;

    public ValueTask<BlobServiceClient> GetClientAsync(CancellationToken cancellationToken) => new(_client.Value);

    private static BlobServiceClient Create(IConfiguration configuration)
    {
        var section = configuration.GetSection("AzureWebJobsStorage");
        if (section.Value is { Length: > 0 } connectionString)
        {
            return new BlobServiceClient(connectionString, Options());
        }

        var address = section["blobServiceUri"] is { Length: > 0 } uri ? uri
            : section["accountName"] is { Length: > 0 } name ? $"https://{name}.blob.core.windows.net"
            : throw new InvalidOperationException("AzureWebJobsStorage is missing: set a connection string or AzureWebJobsStorage__accountName.");
        return new BlobServiceClient(new Uri(address), Credential(section), Options());
    }

    /// <summary>
    /// Two retries within a second, and five seconds for an answer, in place of five within a minute and 100 seconds: a request is answered 503
    /// rather than left waiting, and a task is tried again anyway.
    /// </summary>
    internal static BlobClientOptions Options() => new()
    {
        Retry = { MaxRetries = 2, Delay = TimeSpan.FromMilliseconds(200), MaxDelay = TimeSpan.FromSeconds(1), NetworkTimeout = TimeSpan.FromSeconds(5) },
    };

    // As the Functions host reads the same settings: a managed identity if they name one, else whoever is signed in.
    private static TokenCredential Credential(IConfigurationSection section) =>
        ManagedIdentity.Name.Equals(section["credential"], StringComparison.OrdinalIgnoreCase) || section["clientId"] is { Length: > 0 }
            ? ManagedIdentity.Credential(section["clientId"])
            : new DefaultAzureCredential();
}
