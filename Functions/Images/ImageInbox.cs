using Functions.Redis.Tasks;
using Functions.Tasks;

namespace Functions.Images;

/// <summary>Stores images and enqueues their tasks: both, or nothing.</summary>
public sealed class ImageInbox(TaskQueue queue, TaskFiles files)
{
    /// <returns>The task; null if the content is not in the format.</returns>
    internal async Task<EnqueuedTask?> AcceptAsync(Stream content, ImageFormat format, string owner, CancellationToken cancellationToken)
    {
        var start = new byte[ImageFormat.SignatureLength];
        var length = await content.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (ImageFormat.Of(start.AsSpan(0, length)) != format)
        {
            return null;
        }

        var id = TaskQueue.NewId();
        try
        {
            await using (var file = await files.CreateInputAsync(id, owner, ImageHandler.Original, format.MediaType, cancellationToken))
            {
                await file.WriteAsync(start.AsMemory(0, length), cancellationToken);
                await content.CopyToAsync(file, cancellationToken);
            }

            return await queue.EnqueueAsync(
                TaskNames.ProcessImage, new ImagePayload(format.MediaType), new EnqueueOptions { Id = id, Owner = owner }, cancellationToken);
        }
        catch
        {
            // Should the task have been accepted though its answer was lost, it fails for good, as it finds no image. Should this fail too, the file goes
            // with the next cleanup.
            await files.DeleteInputAsync(id, owner, ImageHandler.Original, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }
}
