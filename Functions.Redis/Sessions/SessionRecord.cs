using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Functions.Redis.Sessions;

/// <summary>The record of a session in Redis, as <c>create.lua</c> lays it out.</summary>
internal sealed partial record SessionRecord(
    [property: JsonPropertyName("u")] string UserId,
    [property: JsonPropertyName("m")] IReadOnlyDictionary<string, string>? Metadata)
{
    private const int TimeLength = 13;

    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    public static Session Parse(string id, string record)
    {
        var text = record.AsSpan();
        var line = record.IndexOf('\n', StringComparison.Ordinal);
        var owner = JsonSerializer.Deserialize(text[(3 * TimeLength)..line], Json.Default.SessionRecord)!;
        return new Session(id, owner.UserId, Time(text, 0), Time(text, 1), Time(text, 2), owner.Metadata ?? NoMetadata)
        {
            Data = line == record.Length - 1 ? SessionData.Empty : new SessionData(record[(line + 1)..]),
        };
    }

    public string Serialize() => JsonSerializer.Serialize(this, Json.Default.SessionRecord);

    private static DateTimeOffset Time(ReadOnlySpan<char> record, int index) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(record.Slice(index * TimeLength, TimeLength), CultureInfo.InvariantCulture));

    [JsonSerializable(typeof(SessionRecord))]
    [JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    private sealed partial class Json : JsonSerializerContext;
}
