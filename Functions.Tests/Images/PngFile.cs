using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Functions.Tests.Images;

/// <summary>PNG files, made chunk by chunk.</summary>
internal static class PngFile
{
    public const byte Gray = 0;
    public const byte Rgb = 2;
    public const byte GrayAlpha = 4;
    public const byte Rgba = 6;

    public static byte[] Signature => [0x89, .. "PNG\r\n\x1A\n"u8];

    /// <summary>A picture of <paramref name="width"/> × <paramref name="height"/> with chunks in front of and behind its pixels.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="colorType">As in IHDR.</param>
    /// <param name="sample">The samples of the pixel at x and y, 0–255 or 0–65535.</param>
    /// <param name="depth">Bits per sample, 8 or 16.</param>
    /// <param name="before">Chunks in front of IDAT.</param>
    /// <param name="after">Chunks behind IDAT.</param>
    public static byte[] Make(
        int width, int height, byte colorType, Func<int, int, int[]> sample, int depth = 8, byte[]? before = null, byte[]? after = null)
    {
        using var rows = new MemoryStream();
        for (var y = 0; y < height; y++)
        {
            rows.WriteByte(0);
            for (var x = 0; x < width; x++)
            {
                foreach (var value in sample(x, y))
                {
                    if (depth == 16)
                    {
                        rows.WriteByte((byte)(value >> 8));
                    }

                    rows.WriteByte((byte)value);
                }
            }
        }

        return [.. Signature, .. Header(width, height, colorType, depth), .. before ?? [], .. Pixels(rows.ToArray()), .. after ?? [], .. Chunk("IEND", [])];
    }

    public static byte[] Header(int width, int height, byte colorType = Rgb, int depth = 8)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = ((byte)depth, colorType);
        return Chunk("IHDR", header);
    }

    /// <summary>The rows, each with its filter byte, as one IDAT.</summary>
    public static byte[] Pixels(byte[] rows) => Chunk("IDAT", Deflate(rows));

    public static byte[] Profile(byte[] icc) => Chunk("iCCP", [.. "test\0\0"u8, .. Deflate(icc)]);

    public static byte[] Gamma(double encoding)
    {
        var value = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(value, (int)Math.Round(encoding * 100_000));
        return Chunk("gAMA", value);
    }

    /// <summary>White point, red, green and blue, x and y each.</summary>
    public static byte[] Chromaticities(params double[] values)
    {
        var bytes = new byte[values.Length * 4];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(i * 4), (int)Math.Round(values[i] * 100_000));
        }

        return Chunk("cHRM", bytes);
    }

    public static byte[] Chunk(string type, byte[] data)
    {
        byte[] content = [.. Encoding.ASCII.GetBytes(type), .. data];
        var chunk = new byte[content.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        content.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32(content));
        return chunk;
    }

    private static byte[] Deflate(byte[] data)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(data);
        }

        return compressed.ToArray();
    }

    private static uint Crc32(byte[] data)
    {
        var crc = uint.MaxValue;
        foreach (var one in data)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
