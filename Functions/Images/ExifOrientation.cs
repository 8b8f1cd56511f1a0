using System.Buffers.Binary;
using SkiaSharp;

namespace Functions.Images;

/// <summary>Reads from the metadata of cameras how the camera was held.</summary>
internal static class ExifOrientation
{
    private const int EntryLength = 12;
    private const ushort OrientationTag = 0x0112;
    private const ushort ShortType = 3;

    /// <summary>The orientation in the first directory of a TIFF structure; upright if there is none (Exif 2.32, 4.6.4).</summary>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> exif)
    {
        // Some programs store it as in a JPEG, with its name in front.
        var tiff = exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif;
        var bigEndian = tiff.StartsWith("MM\0*"u8);
        if (tiff.Length < 8 || (!bigEndian && !tiff.StartsWith("II*\0"u8)))
        {
            return SKEncodedOrigin.TopLeft;
        }

        var start = bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]);
        if (start > tiff.Length - 2)
        {
            return SKEncodedOrigin.TopLeft;
        }

        var entries = tiff[(int)(start + 2)..];
        for (var left = Number(tiff[(int)start..], bigEndian); left > 0 && entries.Length >= EntryLength; left--, entries = entries[EntryLength..])
        {
            if (Number(entries, bigEndian) == OrientationTag)
            {
                return Number(entries[2..], bigEndian) == ShortType && Number(entries[8..], bigEndian) is >= 1 and <= 8 and var value
                    ? (SKEncodedOrigin)value
                    : SKEncodedOrigin.TopLeft;
            }
        }

        return SKEncodedOrigin.TopLeft;
    }

    private static ushort Number(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
