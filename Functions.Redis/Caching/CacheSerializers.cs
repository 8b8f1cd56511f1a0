using System.Buffers;
using System.Collections.Concurrent;
using System.ComponentModel;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Redis.Caching;

/// <summary>
/// The serializer of each type: one registered for it, else text and bytes as they are, else that of the last registered factory that
/// has one, else JSON: by the options registered under <c>IHybridCacheSerializer&lt;T&gt;</c> or <c>IHybridCacheSerializer&lt;&gt;</c>, as for
/// Microsoft's HybridCache, else with fields.
/// </summary>
internal sealed class CacheSerializers(IServiceProvider services, CacheOptions defaults)
{
    // Tuples have nothing but fields.
    private static readonly JsonSerializerOptions WithFields = new() { IncludeFields = true };

    private readonly ConcurrentDictionary<Type, object> _byType = new();

    /// <summary>The serializer of <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">It has none that would bring its values back as they were.</exception>
    public IHybridCacheSerializer<T> For<T>()
    {
        var found = _byType.GetOrAdd(typeof(T), static (_, services) => Find<T>(services), services);
        return found as IHybridCacheSerializer<T> ?? throw new NotSupportedException(((Exception)found).Message, (Exception)found);
    }

    /// <summary>A value with its bytes.</summary>
    public FilledValue<T> Fill<T>(T value)
    {
        if (value is null)
        {
            return new(value, ReadOnlyMemory<byte>.Empty);
        }

        return new(value, SerializationBuffer.Collect((Serializer: For<T>(), value), static (call, buffer) => call.Serializer.Serialize(call.value, buffer)));
    }

    /// <summary>An instance for somebody whose factory did not make the value: callers share one only if it cannot be changed.</summary>
    public T Share<T>(FilledValue<T> filled) => filled.Value is null || Immutability<T>.IsImmutable
        ? filled.Value
        : For<T>().Deserialize(new ReadOnlySequence<byte>(filled.Serialized));

    /// <summary>The bytes of an entry in Redis, compressed if that is worth it.</summary>
    public byte[] Payload<T>(
        FilledValue<T> filled, ulong fillToken, TagGenerations generations, string[] tags, TimeSpan retention, RedisCacheEntryOptions options)
    {
        var flags = filled.Value is null ? CachePayloadFlags.Null : CachePayloadFlags.None;
        var value = filled.Serialized;
        if (!options.Has(HybridCacheEntryFlags.DisableCompression)
            && value.Length >= (options.CompressionThresholdBytes ?? defaults.CompressionThresholdBytes)
            && BrotliValue.TryCompress(value.Span, out var compressed))
        {
            flags |= CachePayloadFlags.Compressed;
            value = compressed;
        }

        return CachePayload.Write(flags, fillToken, generations.Everything!.Value, retention, generations.For(tags), value.Span);
    }

    private static object Find<T>(IServiceProvider services)
    {
        if (services.GetService<IHybridCacheSerializer<T>>() is { } registered)
        {
            return registered;
        }

        if (typeof(T) == typeof(string))
        {
            return new TextSerializer();
        }

        if (typeof(T) == typeof(byte[]))
        {
            return new BytesSerializer();
        }

        foreach (var factory in services.GetServices<IHybridCacheSerializerFactory>().Reverse())
        {
            if (factory.TryCreateSerializer<T>(out var made))
            {
                return made;
            }
        }

        var keyed = services as IKeyedServiceProvider;
        var options = keyed?.GetKeyedService<JsonSerializerOptions>(typeof(IHybridCacheSerializer<T>))
            ?? keyed?.GetKeyedService<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>))
            ?? WithFields;
        try
        {
            var type = (JsonTypeInfo<T>)JsonValueCheck.Added(options).GetTypeInfo(typeof(T));
            JsonRoundTrip.ThrowIfLossy(type);
            return new JsonHybridCacheSerializer<T>(type);
        }
        catch (Exception refusal) when (refusal is NotSupportedException or InvalidOperationException)
        {
            return refusal; // Kept: looking at a type costs a thousand times what it costs to serialize a value.
        }
    }

    private static class Immutability<T>
    {
        public static readonly bool IsImmutable = typeof(T) == typeof(string)
            || (typeof(T).IsValueType && !RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            || (typeof(T).IsSealed && typeof(T).GetCustomAttribute<ImmutableObjectAttribute>() is { Immutable: true });
    }

    private sealed class TextSerializer : IHybridCacheSerializer<string>
    {
        public string Deserialize(ReadOnlySequence<byte> source) => Encoding.UTF8.GetString(source);

        public void Serialize(string value, IBufferWriter<byte> target) => Encoding.UTF8.GetBytes(value, target);
    }

    private sealed class BytesSerializer : IHybridCacheSerializer<byte[]>
    {
        public byte[] Deserialize(ReadOnlySequence<byte> source) => source.ToArray();

        public void Serialize(byte[] value, IBufferWriter<byte> target) => target.Write(value);
    }
}
