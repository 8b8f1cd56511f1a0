using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;

namespace Functions.Data;

/// <summary>
/// The account of <c>AzureWebJobsStorage</c>: a connection string, or <c>AzureWebJobsStorage__accountName</c> or
/// <c>…__blobServiceUri</c> with the application's managed identity.
/// </summary>
internal sealed partial class ConfiguredBlobStorage(IConfiguration configuration) : IBlobStorage
{
    private const string Setting = "AzureWebJobsStorage";

    private readonly Lazy<BlobServiceClient> _client = new(() => Create(configuration));

    public bool IsRunning => true;

    public ValueTask<BlobServiceClient> GetClientAsync(CancellationToken cancellationToken) => new(_client.Value);

    /// <summary>Checks the shape of the settings, as far as they are there.</summary>
    /// <exception cref="InvalidOperationException">One has a value that it cannot have.</exception>
    public static void Check(IConfiguration configuration)
    {
        var section = configuration.GetSection(Setting);
        if (section.Value is { Length: > 0 } || section["blobServiceUri"] is { Length: > 0 } || section["accountName"] is { Length: > 0 })
        {
            Create(configuration);
        }
    }

    private static BlobServiceClient Create(IConfiguration configuration)
    {
        var section = configuration.GetSection(Setting);
        if (section.Value is { Length: > 0 } connectionString)
        {
            return FromConnectionString(connectionString);
        }

        if (section["blobServiceUri"] is { Length: > 0 } uri)
        {
            return Uri.TryCreate(uri, UriKind.Absolute, out var address) && address.Scheme is "https" or "http"
                ? new BlobServiceClient(address, Credential(section), Options())
                : throw new InvalidOperationException($"{Setting}__blobServiceUri: '{uri}' is no address such as https://account.blob.core.windows.net.");
        }

        var name = section["accountName"] is { Length: > 0 } account ? account
            : throw new InvalidOperationException($"{Setting} is missing: set a connection string or {Setting}__accountName.");
        return AccountName().IsMatch(name)
            ? new BlobServiceClient(new Uri($"https://{name}.blob.core.windows.net"), Credential(section), Options())
            : throw new InvalidOperationException($"{Setting}__accountName: '{name}' is no name of a storage account: those have 3 to 24 lower-case letters and digits.");
    }

    private static BlobServiceClient FromConnectionString(string connectionString)
    {
        try
        {
            return new BlobServiceClient(connectionString, Options());
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or UriFormatException)
        {
            // The parser's message may repeat the key.
            throw new InvalidOperationException($"{Setting} is not a storage connection string such as 'DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…'.");
        }
    }

    [GeneratedRegex("^[a-z0-9]{3,24}\\z")]
    private static partial Regex AccountName();

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
