using System.Buffers.Binary;

namespace Functions.Tests.Images;

/// <summary>JPEG files of one flat colour per 8 × 8 pixels, stored exactly: each block is its mean and nothing else.</summary>
internal static class JpegFile
{
    private const int Block = 8;

    // Huffman codes of eight bits for the twelve possible sizes of a mean, of one bit for "no more coefficients".
    private const int MeanCodeBits = 8;

    /// <summary>APP14 as Adobe writes it: the samples of CMYK are inverted. Transform 0 is CMYK or RGB as it is.</summary>
    public static byte[] AdobeMarker => Segment(0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]);

    public static byte[] End => [0xFF, 0xD9];

    /// <summary>A picture of <paramref name="columns"/> × <paramref name="rows"/> blocks with the samples of each, one component per sample.</summary>
    public static byte[] Make(int columns, int rows, int components, Func<int, int, int[]> sample, params IEnumerable<byte[]> segments) =>
        [.. Head(columns, rows, components, progressive: false, segments), .. Scan(columns, rows, components, sample, progressive: false), .. End];

    /// <summary>A progressive picture: its pixels are in the first scan, and refined in none.</summary>
    public static byte[] MakeProgressive(int columns, int rows, int components, Func<int, int, int[]> sample, params IEnumerable<byte[]> segments) =>
        [.. Head(columns, rows, components, progressive: true, segments), .. Scan(columns, rows, components, sample, progressive: true), .. End];

    /// <summary>The second and each further scan of a progressive picture of one component and one block: no coefficients.</summary>
    public static byte[] EmptyRefinement => [.. Segment(0xDA, [1, 1, 0, 1, 63, 0]), 0x7F];

    /// <summary>A segment of metadata in front of everything else.</summary>
    public static byte[] With(byte[] file, byte[] segment) => [.. file[..2], .. segment, .. file[2..]];

    public static byte[] Profile(byte[] icc) => Segment(0xE2, [.. "ICC_PROFILE\0"u8, 1, 1, .. icc]);

    public static byte[] ExifOf(byte[] tiff) => Segment(0xE1, [.. "Exif\0\0"u8, .. tiff]);

    public static byte[] Segment(byte marker, byte[] content) => [0xFF, marker, .. Number(content.Length + 2), .. content];

    private static byte[] Head(int columns, int rows, int components, bool progressive, IEnumerable<byte[]> segments)
    {
        byte[] frame = [8, .. Number(rows * Block), .. Number(columns * Block), (byte)components];
        for (byte component = 1; component <= components; component++)
        {
            frame = [.. frame, component, 0x11, 0];
        }

        return
        [
            0xFF, 0xD8,
            .. segments.SelectMany(segment => segment),
            .. Segment(0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]),
            .. Segment(progressive ? (byte)0xC2 : (byte)0xC0, frame),
            .. Segment(0xC4, [0x00, .. Counts(MeanCodeBits, 12), .. Enumerable.Range(0, 12).Select(size => (byte)size)]),
            .. Segment(0xC4, [0x10, .. Counts(1, 1), 0]),
        ];
    }

    private static byte[] Scan(int columns, int rows, int components, Func<int, int, int[]> sample, bool progressive)
    {
        byte[] header = [(byte)components, .. Enumerable.Range(1, components).SelectMany(component => new[] { (byte)component, (byte)0 }), 0, progressive ? (byte)0 : (byte)63, 0];
        List<byte> bytes = [];
        var (pending, bits) = (0L, 0);
        var last = new int[components];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var samples = sample(column, row);
                for (var component = 0; component < components; component++)
                {
                    var mean = (samples[component] - 128) * Block;
                    WriteMean(mean - last[component]);
                    last[component] = mean;
                }
            }
        }

        Write((1 << 7) - 1, 7);
        return [.. Segment(0xDA, header), .. bytes];

        void WriteMean(int difference)
        {
            var size = difference == 0 ? 0 : (int)Math.Log2(Math.Abs(difference)) + 1;
            Write(size, MeanCodeBits);
            Write(difference < 0 ? difference + (1 << size) - 1 : difference, size);
            Write(0, progressive ? 0 : 1);
        }

        void Write(int value, int count)
        {
            pending = (pending << count) | (uint)(value & ((1 << count) - 1));
            bits += count;
            while (bits >= 8)
            {
                bits -= 8;
                var one = (byte)(pending >> bits);
                bytes.Add(one);
                if (one == 0xFF)
                {
                    bytes.Add(0);
                }
            }
        }
    }

    private static byte[] Counts(int length, byte count)
    {
        var counts = new byte[16];
        counts[length - 1] = count;
        return counts;
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}
