using Functions.Redis.Tasks;
using Functions.Tasks;
using SkiaSharp;

namespace Functions.Images;

/// <summary>Makes the thumbnails of an image.</summary>
/// <remarks>The original stays until the files of old tasks are deleted: an attempt may be repeated after it had its effect, and a dead task retried.</remarks>
public sealed class ImageHandler(TaskFiles files) : ITaskHandler<ImagePayload>
{
    /// <summary>The name of the uploaded file.</summary>
    public const string Original = "original";

    private static readonly int[] Widths = [128, 512];

    // An image takes up to 10 MB as a file and 160 MB decoded, twice that while it is converted or turned upright: none is read before its turn.
    private static readonly SemaphoreSlim Decoders = new(2);

    /// <inheritdoc/>
    public static object? Describe(ImagePayload payload) => payload;

    /// <inheritdoc/>
    public async Task<object?> HandleAsync(ImagePayload payload, TaskContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        await Decoders.WaitAsync(cancellationToken);
        try
        {
            return await MakeAsync(context, cancellationToken);
        }
        finally
        {
            Decoders.Release();
        }
    }

    private async Task<ImageResult> MakeAsync(TaskContext context, CancellationToken cancellationToken)
    {
        using var original = await ReadOriginalAsync(context, cancellationToken);
        var format = ImageFormat.Of(original.AsSpan()) ?? throw new PermanentTaskException("The file is not a PNG, JPEG or WebP image.");
        using var thumbnails = Thumbnails.Decode(original, format);
        context.ReportProgress(40);
        List<string> names = [];
        foreach (var target in Widths)
        {
            var name = $"thumbnail-{target}{format.Extension}";
            await using var file = await files.CreateOutputAsync(context, name, format.MediaType, cancellationToken);
            await file.WriteAsync(thumbnails.Encode(target), cancellationToken);
            names.Add(name);
        }

        return new ImageResult(names, thumbnails.Width, thumbnails.Height);
    }

    // Into memory of the decoder's; what was read into is free before anything is decoded.
    private async Task<SKData> ReadOriginalAsync(TaskContext context, CancellationToken cancellationToken)
    {
        await using var file = await files.OpenInputAsync(context.Id, context.Owner, Original, cancellationToken)
            ?? throw new PermanentTaskException("The uploaded image is gone.");
        using var memory = new MemoryStream();
        await file.CopyToAsync(memory, cancellationToken);
        memory.Position = 0;
        return SKData.Create(memory, memory.Length);
    }
}
