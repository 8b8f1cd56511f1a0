using System.Buffers;

namespace Functions.Redis.Caching;

/// <summary>A buffer that a value is serialized into before its size is known; each thread has one and uses it again.</summary>
internal static class SerializationBuffer
{
    private const int MaximumKept = 256 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _own;

    /// <summary>The bytes that <paramref name="write"/> writes.</summary>
    public static byte[] Collect<TState>(TState state, Action<TState, IBufferWriter<byte>> write)
    {
        // Taken away meanwhile: a serializer may use the cache, too.
        var buffer = _own ?? new ArrayBufferWriter<byte>();
        _own = null;
        try
        {
            write(state, buffer);
            return buffer.WrittenSpan.ToArray();
        }
        finally
        {
            if (buffer.Capacity <= MaximumKept)
            {
                buffer.ResetWrittenCount();
                _own = buffer;
            }
        }
    }
}
