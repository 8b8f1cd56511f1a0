using Functions.Redis.Tasks;
using Functions.Tasks;

namespace Functions.Images;

/// <summary>Makes the thumbnails of an image.</summary>
/// <remarks>The original stays until the files of old tasks are deleted: an attempt may be repeated after it had its effect, and a dead task retried.</remarks>
public sealed class ImageHandler(TaskFiles files) : ITaskHandler<ImagePayload>
{
    /// <summary>The name of the uploaded file.</summary>
    public const string Original = "original";

    private static readonly int[] Widths = [128, 512];

    // A decoded image can take 160 MB.
    private static readonly SemaphoreSlim Decoders = new(2);

    /// <inheritdoc/>
    public async Task<object?> HandleAsync(ImagePayload payload, TaskContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var original = await ReadOriginalAsync(context, cancellationToken);
        var format = ImageFormat.Of(original) ?? throw new PermanentTaskException("The file is not a PNG, JPEG or WebP image.");

        List<string> names = [];
        int width, height;
        await Decoders.WaitAsync(cancellationToken);
        try
        {
            using var thumbnails = Thumbnails.Decode(original);
            (width, height) = (thumbnails.Width, thumbnails.Height);
            context.ReportProgress(40);
            foreach (var target in Widths)
            {
                var name = $"thumbnail-{target}{format.Extension}";
                await using var file = await files.CreateAsync(context.Id, name, format.MediaType, cancellationToken);
                await file.WriteAsync(thumbnails.Encode(target), cancellationToken);
                names.Add(name);
            }
        }
        finally
        {
            Decoders.Release();
        }

        return new ImageResult(names, width, height);
    }

    private async Task<byte[]> ReadOriginalAsync(TaskContext context, CancellationToken cancellationToken)
    {
        await using var file = await files.OpenAsync(context.Id, Original, cancellationToken)
            ?? throw new PermanentTaskException("The uploaded image is gone.");
        using var memory = new MemoryStream();
        await file.CopyToAsync(memory, cancellationToken);
        return memory.ToArray();
    }
}
