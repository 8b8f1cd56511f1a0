using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Functions.Redis.Sessions;

/// <summary>The record of a session in Redis, as <c>create.lua</c> lays it out.</summary>
internal static partial class SessionRecord
{
    private const int TimeLength = 13;
    private const int UserStart = 3 * TimeLength;

    /// <summary>The two lines that hold whose session it is and what the caller gave at creation.</summary>
    public static string Serialize(string userId, Dictionary<string, string>? metadata) =>
        $"{JsonSerializer.Serialize(userId, Json.Default.String)}\n{(metadata is null ? "" : JsonSerializer.Serialize(metadata, Json.Default.DictionaryStringString))}\n";

    public static Session Parse(string id, ReadOnlyMemory<byte> record)
    {
        var bytes = record.Span;
        var userEnd = UserStart + bytes[UserStart..].IndexOf((byte)'\n');
        var metadataEnd = userEnd + 1 + bytes[(userEnd + 1)..].IndexOf((byte)'\n');
        return new Session(
            id,
            User(bytes[UserStart..userEnd]),
            Time(bytes, 0),
            Time(bytes, 1),
            Time(bytes, 2),
            record[(userEnd + 1)..metadataEnd],
            record[(metadataEnd + 1)..]);
    }

    public static IReadOnlyDictionary<string, string> ParseMetadata(ReadOnlySpan<byte> json) =>
        json.IsEmpty ? new Dictionary<string, string>() : JsonSerializer.Deserialize(json, Json.Default.DictionaryStringString)!;

    // A JSON string, which is nearly always the text between its quotes.
    private static string User(ReadOnlySpan<byte> json) =>
        json.Contains((byte)'\\') ? JsonSerializer.Deserialize(json, Json.Default.String)! : Encoding.UTF8.GetString(json[1..^1]);

    private static DateTimeOffset Time(ReadOnlySpan<byte> record, int index) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(record.Slice(index * TimeLength, TimeLength), CultureInfo.InvariantCulture));

    [JsonSerializable(typeof(string))]
    [JsonSerializable(typeof(Dictionary<string, string>))]
    private sealed partial class Json : JsonSerializerContext;
}
