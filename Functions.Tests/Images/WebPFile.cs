using System.Buffers.Binary;
using System.Text;
using SkiaSharp;

namespace Functions.Tests.Images;

/// <summary>Lossless WebP files in the extended container.</summary>
internal static class WebPFile
{
    private const byte Profiled = 0x20;
    private const byte Transparent = 0x10;
    private const byte WithExif = 0x08;
    private const byte Animated = 0x02;

    /// <summary>A picture with a profile, metadata, or both.</summary>
    public static byte[] Make(SKBitmap bitmap, byte[]? icc = null, byte[]? exif = null) => File(
        bitmap,
        (byte)(Transparent | (icc is null ? 0 : Profiled) | (exif is null ? 0 : WithExif)),
        [.. icc is null ? [] : Chunk("ICCP", icc), .. Pixels(bitmap), .. exif is null ? [] : Chunk("EXIF", exif)]);

    /// <summary>An animation that shows each picture for a second.</summary>
    public static byte[] Animation(params SKBitmap[] frames) => File(
        frames[0],
        Transparent | Animated,
        [.. Chunk("ANIM", new byte[6]), .. frames.SelectMany(frame => Chunk("ANMF", [0, 0, 0, 0, 0, 0, .. Size(frame), 0xE8, 3, 0, 0, .. Pixels(frame)]))]);

    private static byte[] File(SKBitmap canvas, byte flags, byte[] chunks)
    {
        byte[] content = [.. "WEBP"u8, .. Chunk("VP8X", [flags, 0, 0, 0, .. Size(canvas)]), .. chunks];
        return [.. "RIFF"u8, .. Length(content.Length), .. content];
    }

    // Skia writes RIFF, length and WEBP, then one chunk.
    private static byte[] Pixels(SKBitmap bitmap)
    {
        using var pixmap = bitmap.PeekPixels();
        using var file = pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 50));
        return file!.ToArray()[12..];
    }

    private static byte[] Size(SKBitmap bitmap) => [.. Length(bitmap.Width - 1)[..3], .. Length(bitmap.Height - 1)[..3]];

    private static byte[] Chunk(string name, byte[] data) => [.. Encoding.ASCII.GetBytes(name), .. Length(data.Length), .. data, .. new byte[data.Length % 2]];

    private static byte[] Length(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
