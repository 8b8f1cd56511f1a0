using Azure.Storage.Blobs;
using Functions.Data;

namespace Functions.LocalHost.Embedded;

/// <summary>The application's storage account, where no other is configured: Azurite, started when it is first used.</summary>
internal sealed class EmbeddedBlobStorage(EmbeddedAzurite azurite) : IBlobStorage
{
    private BlobServiceClient? _client;

    public bool IsRunning => _client is not null;

    public bool MayHaveFiles => IsRunning || azurite.HasData;

    public async ValueTask<BlobServiceClient> GetClientAsync(CancellationToken cancellationToken) =>
        _client ??= new BlobServiceClient(await azurite.GetConnectionStringAsync(cancellationToken), ConfiguredBlobStorage.Options());
}
