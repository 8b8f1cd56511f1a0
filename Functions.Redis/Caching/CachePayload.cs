using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Functions.Redis.Caching;

/// <summary>The bytes of an entry in Redis: a header with the tags and their generations, then the serialized value.</summary>
/// <remarks>
/// <code>
/// 0      format, 4
/// 1      flags
/// 2-9    token of the fill that wrote it (acquire.lua reads it in place)
/// 10-17  generation of "everything"
/// 18-25  how long the entry is kept after it has expired, in milliseconds
/// 26     number of tags
/// then   per tag: length in bytes (2), name (UTF-8), generation (8)
/// then   the serialized value
/// then   CRC-32 of all bytes before it (4)
/// </code>
/// Numbers are little-endian. The checksum is there so that bytes that were changed, cut or added on their way, or in
/// Redis, are a miss and not another value.
/// </remarks>
internal readonly struct CachePayload
{
    public const int MaximumTags = byte.MaxValue;
    public const int MaximumTagBytes = 1024;
    private const byte Format = 4; // 2 lost fields, 3 had no checksum.
    private const int RetentionOffset = 18;
    private const int TagCountOffset = 26;
    private const int HeaderLength = 27;
    private const int ChecksumLength = 4;
    private const long MaximumRetention = long.MaxValue / TimeSpan.TicksPerMillisecond;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int _valueOffset;

    private CachePayload(ReadOnlyMemory<byte> bytes, int valueOffset)
    {
        _bytes = bytes;
        _valueOffset = valueOffset;
    }

    public bool IsNull => (Flags & CachePayloadFlags.Null) != 0;

    public bool IsCompressed => (Flags & CachePayloadFlags.Compressed) != 0;

    /// <summary>The size of the entry in bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>How long the entry stays in Redis after it has expired.</summary>
    public TimeSpan Retention => TimeSpan.FromMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(_bytes.Span[RetentionOffset..]));

    /// <summary>The serialized value as it was stored.</summary>
    public ReadOnlyMemory<byte> Value => _bytes[_valueOffset..^ChecksumLength];

    private CachePayloadFlags Flags => (CachePayloadFlags)_bytes.Span[1];

    /// <summary>Reads the header; false for bytes of another format or with damage, which count as no entry.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, out CachePayload payload)
    {
        payload = default;
        var span = bytes.Span;
        if (span.Length < HeaderLength + ChecksumLength
            || span[0] != Format
            || BinaryPrimitives.ReadUInt32LittleEndian(span[^ChecksumLength..]) != Crc32.HashToUInt32(span[..^ChecksumLength])
            || BinaryPrimitives.ReadInt64LittleEndian(span[RetentionOffset..]) is < 0 or > MaximumRetention)
        {
            return false;
        }

        var end = span.Length - ChecksumLength;
        var offset = HeaderLength;
        for (var tags = span[TagCountOffset]; tags > 0; tags--)
        {
            if (end < offset + 2)
            {
                return false;
            }

            offset += 2 + BinaryPrimitives.ReadUInt16LittleEndian(span[offset..]) + 8;
        }

        if (offset > end)
        {
            return false;
        }

        payload = new CachePayload(bytes, offset);
        return true;
    }

    /// <summary>The tags that the entry was stored under.</summary>
    public string[] ReadTags()
    {
        var tags = new string[_bytes.Span[TagCountOffset]];
        var span = _bytes.Span[HeaderLength..];
        for (var i = 0; i < tags.Length; i++)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(span);
            tags[i] = Encoding.UTF8.GetString(span.Slice(2, length));
            span = span[(2 + length + 8)..];
        }

        return tags;
    }

    /// <summary>The bytes of an entry whose value was serialized before.</summary>
    public static byte[] Write(
        CachePayloadFlags flags,
        ulong fillToken,
        ulong everything,
        TimeSpan retention,
        ReadOnlySpan<TagGeneration> tags,
        ReadOnlySpan<byte> value)
    {
        var length = HeaderLength + value.Length + ChecksumLength;
        foreach (var tag in tags)
        {
            length += 2 + Encoding.UTF8.GetByteCount(tag.Tag) + 8;
        }

        var bytes = new byte[length];
        var span = bytes.AsSpan();
        span[0] = Format;
        span[1] = (byte)flags;
        BinaryPrimitives.WriteUInt64LittleEndian(span[2..], fillToken);
        BinaryPrimitives.WriteUInt64LittleEndian(span[10..], everything);
        BinaryPrimitives.WriteInt64LittleEndian(span[RetentionOffset..], (long)retention.TotalMilliseconds);
        span[TagCountOffset] = (byte)tags.Length;
        span = span[HeaderLength..];
        foreach (var tag in tags)
        {
            var written = Encoding.UTF8.GetBytes(tag.Tag, span[2..]);
            BinaryPrimitives.WriteUInt16LittleEndian(span, (ushort)written);
            BinaryPrimitives.WriteUInt64LittleEndian(span[(2 + written)..], tag.Generation);
            span = span[(2 + written + 8)..];
        }

        value.CopyTo(span);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(length - ChecksumLength), Crc32.HashToUInt32(bytes.AsSpan(0, length - ChecksumLength)));
        return bytes;
    }

    /// <summary>
    /// Compares the tags that the entry was stored under with their generations now. Tags that <paramref name="generations"/> does not
    /// cover are added to <paramref name="unknown"/>.
    /// </summary>
    /// <returns>False if one of them has been invalidated since.</returns>
    public bool IsCurrent(TagGenerations generations, ref List<string>? unknown)
    {
        var span = _bytes.Span;
        if (generations.Everything != BinaryPrimitives.ReadUInt64LittleEndian(span[10..]))
        {
            return false;
        }

        var count = span[TagCountOffset];
        span = span[HeaderLength..];
        for (; count > 0; count--)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(span);
            var name = span.Slice(2, length);
            var stored = BinaryPrimitives.ReadUInt64LittleEndian(span[(2 + length)..]);
            span = span[(2 + length + 8)..];
            if (!generations.TryGet(name, out var current))
            {
                (unknown ??= []).Add(Encoding.UTF8.GetString(name));
            }
            else if (current != stored)
            {
                return false;
            }
        }

        return true;
    }
}
