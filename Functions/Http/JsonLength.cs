using System.Buffers;
using System.Text.Json;

namespace Functions.Http;

/// <summary>Counts how many bytes values are as JSON, without keeping them.</summary>
internal sealed class JsonLength : IDisposable
{
    private readonly Counter _counter = new();
    private readonly Utf8JsonWriter _writer;

    public JsonLength() => _writer = new Utf8JsonWriter(_counter, new JsonWriterOptions { Encoder = ApiJson.Options.Encoder, SkipValidation = true });

    /// <summary>The length of <paramref name="value"/> as the API writes it.</summary>
    public long Of<T>(T value)
    {
        _counter.Bytes = 0;
        JsonSerializer.Serialize(_writer, value, ApiJson.Options);
        _writer.Flush();
        _writer.Reset();
        return _counter.Bytes;
    }

    public void Dispose() => _writer.Dispose();

    private sealed class Counter : IBufferWriter<byte>
    {
        private byte[] _buffer = new byte[4 * 1024];

        public long Bytes { get; set; }

        public void Advance(int count) => Bytes += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (_buffer.Length < sizeHint)
            {
                _buffer = new byte[sizeHint];
            }

            return _buffer;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
