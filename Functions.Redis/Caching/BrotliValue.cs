using System.Buffers.Binary;
using System.IO.Compression;

namespace Functions.Redis.Caching;

/// <summary>A compressed value: its length before compression (4 bytes), then Brotli (RFC 7932).</summary>
internal static class BrotliValue
{
    // Fast rather than small: the time is spent by the request that missed.
    private const int Quality = 3;
    private const int Window = 22;

    /// <summary>Compresses <paramref name="value"/>; false if that does not make it smaller.</summary>
    public static bool TryCompress(ReadOnlySpan<byte> value, out ReadOnlyMemory<byte> compressed)
    {
        var bytes = new byte[value.Length];
        if (value.Length > sizeof(int) && BrotliEncoder.TryCompress(value, bytes.AsSpan(sizeof(int)), out var written, Quality, Window))
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value.Length);
            compressed = bytes.AsMemory(0, sizeof(int) + written);
            return true;
        }

        compressed = default;
        return false;
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="TryCompress"/> wrote.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> compressed, int maximumLength)
    {
        if (compressed.Length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(compressed) is var length && (length < 0 || length > maximumLength))
        {
            throw new InvalidDataException("The length of the compressed value is wrong.");
        }

        var value = new byte[length];
        return BrotliDecoder.TryDecompress(compressed[sizeof(int)..], value, out var written) && written == length
            ? value
            : throw new InvalidDataException("The value cannot be decompressed.");
    }
}
