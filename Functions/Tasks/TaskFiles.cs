using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Functions.Data;
using Functions.Redis.Tasks;

namespace Functions.Tasks;

/// <summary>The files of tasks in Blob storage: what a request left for a task under the task's id, what an attempt made under id and claim.</summary>
/// <remarks>
/// Storage knows no leases: an attempt that has lost its own may write for a while, and closing a file commits what is there, however the attempt ended.
/// Under the number of its claim that is nobody's file. The one that is served is that of the claim whose result was accepted.
/// </remarks>
public sealed class TaskFiles(IBlobStorage storage, TaskOptions options, TimeProvider time)
{
    private const string Container = "tasks";
    private BlobContainerClient? _container;

    /// <summary>Opens a file for what a task is to work on.</summary>
    public Task<Stream> CreateInputAsync(string taskId, string name, string contentType, CancellationToken cancellationToken) =>
        CreateAsync(Input(taskId, name), contentType, cancellationToken);

    /// <summary>Opens a file for what an attempt makes.</summary>
    public Task<Stream> CreateOutputAsync(TaskContext context, string name, string contentType, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return CreateAsync(Output(context.Id, context.Claim, name), contentType, cancellationToken);
    }

    /// <summary>Opens what a task is to work on; null if it is not there.</summary>
    public Task<Stream?> OpenInputAsync(string taskId, string name, CancellationToken cancellationToken) =>
        OpenAsync(Input(taskId, name), cancellationToken);

    /// <summary>Opens what a task that succeeded has made; null if it is not there.</summary>
    public Task<Stream?> OpenOutputAsync(TaskRecord task, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        return OpenAsync(Output(task.Id, task.Claim, name), cancellationToken);
    }

    /// <summary>Deletes what a task was to work on, if it is there.</summary>
    public async Task DeleteInputAsync(string taskId, string name, CancellationToken cancellationToken) =>
        await (await ContainerAsync(cancellationToken)).DeleteBlobIfExistsAsync(Input(taskId, name), cancellationToken: cancellationToken);

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

    private async Task<Stream> CreateAsync(string path, string contentType, CancellationToken cancellationToken)
    {
        var blob = (await ContainerAsync(cancellationToken)).GetBlockBlobClient(path);
        return await blob.OpenWriteAsync(
            overwrite: true,
            new BlockBlobOpenWriteOptions { HttpHeaders = new BlobHttpHeaders { ContentType = contentType } },
            cancellationToken);
    }

    private async Task<Stream?> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var blob = (await ContainerAsync(cancellationToken)).GetBlobClient(path);
        try
        {
            return (await blob.DownloadStreamingAsync(cancellationToken: cancellationToken)).Value.Content;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    private static string Input(string taskId, string name) => $"{taskId}/{name}";

    private static string Output(string taskId, int claim, string name) => $"{taskId}/{claim}/{name}";

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
