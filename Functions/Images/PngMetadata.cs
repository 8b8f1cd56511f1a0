using System.Buffers.Binary;
using SkiaSharp;

namespace Functions.Images;

/// <summary>What a PNG file says about its pixels that the decoder passes over.</summary>
/// <param name="Origin">How the picture is to be turned (chunk eXIf, which may stand in front of the pixels or behind them).</param>
/// <param name="ColorSpace">The colours by their numbers in ITU-T H.273 (chunk cICP, which overrules profiles); null if it does not tell.</param>
internal sealed record PngMetadata(SKEncodedOrigin Origin, SKColorSpace? ColorSpace)
{
    private const int SignatureLength = 8;
    private const int ChunkOverhead = 12;

    /// <summary>Reads the chunks of a file (W3C PNG, third edition, 11.3.2.6 and 11.3.3.5).</summary>
    public static PngMetadata Of(ReadOnlySpan<byte> file)
    {
        SKEncodedOrigin? origin = null;
        SKColorSpace? colorSpace = null;
        var beforePixels = true;
        for (var rest = file[SignatureLength..]; rest.Length >= ChunkOverhead && BinaryPrimitives.ReadUInt32BigEndian(rest) <= rest.Length - ChunkOverhead;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            var name = rest[4..8];
            var data = rest.Slice(8, length);
            rest = rest[(length + ChunkOverhead)..];
            if (name.SequenceEqual("IDAT"u8))
            {
                beforePixels = false;
            }
            else if (name.SequenceEqual("eXIf"u8))
            {
                origin ??= ExifOrientation.Of(data);
            }
            else if (name.SequenceEqual("cICP"u8) && beforePixels)
            {
                colorSpace ??= ColorSpaceOf(data);
            }
        }

        return new PngMetadata(origin ?? SKEncodedOrigin.TopLeft, colorSpace);
    }

    // Primaries, transfer function, RGB (0), full range (1).
    private static SKColorSpace? ColorSpaceOf(ReadOnlySpan<byte> data) => data is [var primaries, var transfer, 0, 1]
        ? SKColorSpace.CreateCicp((SKColorspacePrimariesCicp)primaries, (SKColorspaceTransferFnCicp)transfer)
        : null;
}
