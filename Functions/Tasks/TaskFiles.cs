using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Functions.Data;
using Functions.Redis.Tasks;

namespace Functions.Tasks;

/// <summary>The files of tasks in Blob storage, each under its task's id: an attempt that is repeated overwrites what it wrote before.</summary>
public sealed class TaskFiles(IBlobStorage storage, TaskOptions options, TimeProvider time)
{
    private const string Container = "tasks";
    private BlobContainerClient? _container;

    /// <summary>Opens a file for writing; what was there is replaced when the stream is closed.</summary>
    public async Task<Stream> CreateAsync(string taskId, string name, string contentType, CancellationToken cancellationToken)
    {
        var blob = (await ContainerAsync(cancellationToken)).GetBlockBlobClient(Path(taskId, name));
        return await blob.OpenWriteAsync(
            overwrite: true,
            new BlockBlobOpenWriteOptions { HttpHeaders = new BlobHttpHeaders { ContentType = contentType } },
            cancellationToken);
    }

    /// <summary>Opens a file for reading; null if there is none.</summary>
    public async Task<Stream?> OpenAsync(string taskId, string name, CancellationToken cancellationToken)
    {
        var blob = (await ContainerAsync(cancellationToken)).GetBlobClient(Path(taskId, name));
        try
        {
            return (await blob.DownloadStreamingAsync(cancellationToken: cancellationToken)).Value.Content;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Deletes a file, if it is there.</summary>
    public async Task DeleteAsync(string taskId, string name, CancellationToken cancellationToken) =>
        await (await ContainerAsync(cancellationToken)).DeleteBlobIfExistsAsync(Path(taskId, name), cancellationToken: cancellationToken);

    /// <summary>Deletes files that are older than any task is kept, whether their task was ever enqueued or not.</summary>
    public async Task DeleteOldAsync(CancellationToken cancellationToken)
    {
        if (!storage.IsRunning)
        {
            return;
        }

        // A task may wait for 30 days before it starts.
        var oldest = time.GetUtcNow() - options.Retention - TimeSpan.FromDays(31);
        var container = await ContainerAsync(cancellationToken);
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: cancellationToken))
        {
            if (blob.Properties.LastModified < oldest)
            {
                await container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellationToken);
            }
        }
    }

    private static string Path(string taskId, string name) => $"{taskId}/{name}";

    private async ValueTask<BlobContainerClient> ContainerAsync(CancellationToken cancellationToken)
    {
        if (_container is null)
        {
            var container = (await storage.GetClientAsync(cancellationToken)).GetBlobContainerClient(Container);
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            _container = container;
        }

        return _container;
    }
}
