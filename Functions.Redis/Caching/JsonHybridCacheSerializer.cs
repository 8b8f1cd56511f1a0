using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Redis.Caching;

/// <summary>
/// JSON by the given metadata. Types without a serializer get one by reflection; register one with metadata that the source generator made for
/// a type to spare that.
/// </summary>
public sealed class JsonHybridCacheSerializer<T>(JsonTypeInfo<T> type) : IHybridCacheSerializer<T>
{
    /// <inheritdoc/>
    public T Deserialize(ReadOnlySequence<byte> source)
    {
        if (source.IsSingleSegment)
        {
            return JsonSerializer.Deserialize(source.FirstSpan, type)!;
        }

        var reader = new Utf8JsonReader(source);
        return JsonSerializer.Deserialize(ref reader, type)!;
    }

    /// <inheritdoc/>
    public void Serialize(T value, IBufferWriter<byte> target)
    {
        using var writer = new Utf8JsonWriter(target);
        JsonSerializer.Serialize(writer, value, type);
    }
}
