using System.Buffers.Binary;
using Functions.Redis.Tasks;
using SkiaSharp;

namespace Functions.Images;

/// <summary>Closes JPEG files that were cut off, so that a decoder shows what is there: it waits for more before it shows the last rows, or a progressive picture at all.</summary>
internal static class JpegEnding
{
    private const byte Prefix = 0xFF;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;

    /// <summary>The file up to where it was cut off, with an end; null if it has one. It may be cut anywhere behind the first byte of pixels.</summary>
    /// <exception cref="PermanentTaskException">The file ends before its first pixel.</exception>
    public static SKData? Supply(SKData file)
    {
        var bytes = file.AsSpan();
        var (at, firstPixel, isWhole) = (0, 0, false);
        while (NextMarker(bytes, ref at) is { } marker && !(isWhole = marker == EndOfImage))
        {
            if (IsAlone(marker))
            {
                continue;
            }

            var length = bytes.Length - at < 2 ? int.MaxValue : BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
            if (length > bytes.Length - at)
            {
                bytes = bytes[..(at - 2)];
                break;
            }

            at += length;
            firstPixel = firstPixel == 0 && marker == StartOfScan ? at : firstPixel;
        }

        var end = isWhole ? at - 2 : bytes.Length;
        if (firstPixel == 0 || firstPixel >= end)
        {
            throw new PermanentTaskException("The image ends before its first pixel.");
        }

        return isWhole ? null : SKData.CreateCopy([.. bytes, Prefix, EndOfImage]);
    }

    // What stands in between, compressed pixels or garbage, is passed over, as decoders do. Afterwards at is behind the marker.
    private static byte? NextMarker(ReadOnlySpan<byte> bytes, ref int at)
    {
        while (at < bytes.Length && bytes[at..].IndexOf(Prefix) is var distance and >= 0)
        {
            at += distance;
            while (at < bytes.Length && bytes[at] == Prefix)
            {
                at++;
            }

            if (at < bytes.Length && bytes[at++] is not 0 and var marker)
            {
                return marker;
            }
        }

        return null;
    }

    // Without length and content: the start of the image, restarts within pixels, and what has no meaning.
    private static bool IsAlone(byte marker) => marker is 0x01 or (>= 0xD0 and <= 0xD8);
}
