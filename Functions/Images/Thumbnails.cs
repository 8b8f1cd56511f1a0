using Functions.Redis.Tasks;
using SkiaSharp;

namespace Functions.Images;

/// <summary>Makes small images of large ones.</summary>
internal sealed class Thumbnails : IDisposable
{
    /// <summary>The largest image that is decoded, in pixels: 40 million, which take 160 MB when they are decoded, and twice that while one is converted or turned upright.</summary>
    public const long MaximumPixels = 40_000_000;

    private const int MaximumSide = 30_000;
    private const int MaximumAspect = 20;
    private const int Quality = 85;

    private readonly SKBitmap _upright;
    private readonly SKEncodedImageFormat _format;

    private Thumbnails(SKBitmap upright, SKEncodedImageFormat format) => (_upright, _format) = (upright, format);

    /// <summary>Of the original, in pixels, as it is to be seen.</summary>
    public int Width => _upright.Width;

    /// <summary>Of the original.</summary>
    public int Height => _upright.Height;

    /// <summary>Decodes an image into sRGB. Its size is read from its header first: a small file can hold an image of gigabytes.</summary>
    /// <remarks>Of a file that was cut off or is corrupt, what comes before that is shown; the rest is transparent, or grey in a JPEG.</remarks>
    /// <exception cref="PermanentTaskException">The image has nothing that can be shown, is too large or too narrow.</exception>
    public static Thumbnails Decode(SKData file, ImageFormat format)
    {
        using var completed = format == ImageFormat.Jpeg ? JpegEnding.Supply(file) : null;
        using var codec = SKCodec.Create(completed ?? file) ?? throw new PermanentTaskException("The file is not an image that can be read.");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (width < 1 || height < 1 || width > MaximumSide || height > MaximumSide || (long)width * height > MaximumPixels)
        {
            throw new PermanentTaskException($"The image has {width} × {height} pixels, more than {MaximumPixels / 1_000_000} million in total or {MaximumSide} on a side.");
        }

        if (Math.Max(width, height) > (long)MaximumAspect * Math.Min(width, height))
        {
            throw new PermanentTaskException($"The image has {width} × {height} pixels, which is more than {MaximumAspect} times as long as wide.");
        }

        var png = format == ImageFormat.Png ? PngMetadata.Of(file.AsSpan()) : null;
        using var colorSpace = png?.ColorSpace;
        var bitmap = Decode(codec, colorSpace);
        return new Thumbnails(Upright(bitmap, png?.Origin ?? codec.EncodedOrigin), codec.EncodedFormat);
    }

    /// <summary>The image at a width, in the format of the original.</summary>
    public byte[] Encode(int width)
    {
        var height = Math.Max(1, (int)Math.Round((double)Height * width / Width));
        using var small = _upright.Resize(new SKSizeI(width, height), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var encoded = small.Encode(_format, Quality) ?? throw new InvalidOperationException($"A thumbnail cannot be encoded as {_format}.");
        return encoded.ToArray();
    }

    public void Dispose() => _upright.Dispose();

    // The thumbnails carry no profile, and what has none is sRGB. The decoder converts from what it has read; what it does not know comes raw.
    private static SKBitmap Decode(SKCodec codec, SKColorSpace? colorSpace)
    {
        using var srgb = SKColorSpace.CreateSrgb();
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        var bitmap = new SKBitmap(info);
        if (codec.GetPixels(info.WithColorSpace(colorSpace is null ? srgb : null), bitmap.GetPixels()) != SKCodecResult.Success && IsBlank(bitmap))
        {
            bitmap.Dispose();
            throw new PermanentTaskException("The image is corrupt or incomplete.");
        }

        if (colorSpace is null)
        {
            return bitmap;
        }

        using (bitmap)
        {
            using var raw = new SKPixmap(info.WithColorSpace(colorSpace), bitmap.GetPixels(), bitmap.RowBytes);
            var converted = new SKBitmap(info);
            raw.ReadPixels(info.WithColorSpace(srgb), converted.GetPixels(), converted.RowBytes);
            return converted;
        }
    }

    private static bool IsBlank(SKBitmap bitmap) => !bitmap.GetPixelSpan().ContainsAnyExcept((byte)0);

    // Cameras store images as the sensor sees them, and note how they were held (EXIF orientation).
    private static SKBitmap Upright(SKBitmap bitmap, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default)
        {
            return bitmap;
        }

        using (bitmap)
        {
            var (w, h) = ((float)bitmap.Width, (float)bitmap.Height);
            var (matrix, turned) = origin switch
            {
                SKEncodedOrigin.TopRight => (new SKMatrix(-1, 0, w, 0, 1, 0, 0, 0, 1), false),
                SKEncodedOrigin.BottomRight => (new SKMatrix(-1, 0, w, 0, -1, h, 0, 0, 1), false),
                SKEncodedOrigin.BottomLeft => (new SKMatrix(1, 0, 0, 0, -1, h, 0, 0, 1), false),
                SKEncodedOrigin.LeftTop => (new SKMatrix(0, 1, 0, 1, 0, 0, 0, 0, 1), true),
                SKEncodedOrigin.RightTop => (new SKMatrix(0, -1, h, 1, 0, 0, 0, 0, 1), true),
                SKEncodedOrigin.RightBottom => (new SKMatrix(0, -1, h, -1, 0, w, 0, 0, 1), true),
                _ => (new SKMatrix(0, 1, 0, -1, 0, w, 0, 0, 1), true),
            };
            var upright = new SKBitmap(turned ? bitmap.Height : bitmap.Width, turned ? bitmap.Width : bitmap.Height);
            using var canvas = new SKCanvas(upright);
            canvas.SetMatrix(matrix);
            canvas.DrawBitmap(bitmap, 0, 0, new SKSamplingOptions(SKFilterMode.Nearest));
            return upright;
        }
    }
}
