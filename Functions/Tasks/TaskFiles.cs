using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Functions.Data;
using Functions.Redis.Tasks;

namespace Functions.Tasks;

/// <summary>
/// The files of tasks in Blob storage, under the owner of their task: what a request left for a task under the task's id, what an attempt made under id and claim.
/// </summary>
/// <remarks>
/// Storage knows no leases: an attempt that has lost its own may write for a while, and closing a file commits what is there, however the attempt ended.
/// Under the number of its claim that is nobody's file. The one that is served is that of the claim whose result was accepted.
/// </remarks>
public sealed class TaskFiles(IBlobStorage storage, TaskOptions options, TimeProvider time)
{
    private const string Container = "tasks";
    private const string Nobody = "-";
    private const int DeletedAtOnce = 16;

    private BlobContainerClient? _container;

    /// <summary>Opens a file for what a task is to work on.</summary>
    public Task<Stream> CreateInputAsync(string taskId, string? owner, string name, string contentType, CancellationToken cancellationToken) =>
        CreateAsync(Input(taskId, owner, name), contentType, cancellationToken);

    /// <summary>Opens a file for what an attempt makes.</summary>
    public Task<Stream> CreateOutputAsync(TaskContext context, string name, string contentType, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return CreateAsync(Output(context.Id, context.Owner, context.Claim, name), contentType, cancellationToken);
    }

    /// <summary>Opens what a task is to work on; null if it is not there.</summary>
    public Task<Stream?> OpenInputAsync(string taskId, string? owner, string name, CancellationToken cancellationToken) =>
        OpenAsync(Input(taskId, owner, name), cancellationToken);

    /// <summary>Opens what a task that succeeded has made; null if it is not there.</summary>
    public Task<Stream?> OpenOutputAsync(TaskRecord task, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        return OpenAsync(Output(task.Id, task.Owner, task.Claim, name), cancellationToken);
    }

    /// <summary>Deletes what a task was to work on, if it is there.</summary>
    public async Task DeleteInputAsync(string taskId, string? owner, string name, CancellationToken cancellationToken) =>
        await (await ContainerAsync(cancellationToken)).DeleteBlobIfExistsAsync(Input(taskId, owner, name), cancellationToken: cancellationToken);

    /// <summary>Deletes all files of an owner's tasks, whether the tasks are still known or not.</summary>
    public async Task DeleteOfOwnerAsync(string owner, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        if (!storage.MayHaveFiles)
        {
            return;
        }

        var container = await ContainerAsync(cancellationToken);
        await Parallel.ForEachAsync(
            container.GetBlobsAsync(BlobTraits.None, BlobStates.None, $"{owner}/", cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = DeletedAtOnce, CancellationToken = cancellationToken },
            async (blob, token) => await container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: token));
    }

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

    private static string Input(string taskId, string? owner, string name) => $"{owner ?? Nobody}/{taskId}/{name}";

    private static string Output(string taskId, string? owner, int claim, string name) => $"{owner ?? Nobody}/{taskId}/{claim}/{name}";

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
