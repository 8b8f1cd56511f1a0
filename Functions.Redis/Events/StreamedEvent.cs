using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Functions.Redis.Events;

/// <summary>An event as a browser gets it, written once for all clients.</summary>
/// <param name="Sequence">Its number on its channel.</param>
/// <param name="Frame">The lines <c>event:</c> and <c>data:</c> with the empty line behind (WHATWG HTML, section 9.2.5).</param>
public sealed record StreamedEvent(long Sequence, ReadOnlyMemory<byte> Frame)
{
    internal static StreamedEvent Of(EventEnvelope envelope)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        buffer.Write("event: "u8);
        Encoding.UTF8.GetBytes(envelope.Type.AsSpan(), buffer);
        buffer.Write("\ndata: "u8);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = EventJson.Data.Encoder }))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, envelope.Type);
            json.WritePropertyName("data"u8);
            envelope.Data.WriteTo(json);
            json.WriteString("timestamp"u8, envelope.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        buffer.Write("\n\n"u8);
        return new StreamedEvent(envelope.Sequence, buffer.WrittenMemory.ToArray());
    }
}
