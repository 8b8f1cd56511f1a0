using Azure.Storage.Blobs;

namespace Functions.Data;

/// <summary>The storage account for files.</summary>
public interface IBlobStorage
{
    /// <summary>Whether there is a server to ask; false where it starts only when it is first used.</summary>
    bool IsRunning { get; }

    /// <summary>Whether there can be files. False where the server is not running and never had any.</summary>
    bool MayHaveFiles => IsRunning;

    /// <summary>A client of the account.</summary>
    ValueTask<BlobServiceClient> GetClientAsync(CancellationToken cancellationToken);
}
