using Functions.Images;
using SkiaSharp;

namespace Functions.Tests.Images;

/// <summary>The small thumbnail of a file, as the task makes it.</summary>
internal static class Thumbnail
{
    public static byte[] FileOf(byte[] file)
    {
        using var data = SKData.CreateCopy(file);
        using var thumbnails = Thumbnails.Decode(data, ImageFormat.Of(file)!);
        return thumbnails.Encode(128);
    }

    public static SKBitmap Of(byte[] file) => SKBitmap.Decode(FileOf(file))!;
}
