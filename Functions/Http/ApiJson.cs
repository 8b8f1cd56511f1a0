using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Functions.Redis.Serialization;

namespace Functions.Http;

/// <summary>How the API writes and reads JSON.</summary>
public static class ApiJson
{
    /// <summary>The options of every request and response body.</summary>
    public static JsonSerializerOptions Options { get; } = Configured();

    /// <summary>Sets <paramref name="options"/> to names in <c>snake_case</c>, times in UTC, no NUL characters, no repeated members.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DictionaryKeyPolicy = null;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.AllowDuplicateProperties = false;
        options.MaxDepth = 32;
        options.Encoder = Utf8JsonEncoder.Instance; // Bodies are never placed in HTML; nosniff is set.
        options.Converters.Add(new UtcTimeConverter());
        options.Converters.Add(new TextConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }

    private static JsonSerializerOptions Configured()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options);
        return options;
    }

    /// <summary>RFC 3339 in UTC, with as many decimals as there are.</summary>
    private sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset().ToUniversalTime();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
    }

    /// <summary>Text without NUL, which PostgreSQL cannot store.</summary>
    private sealed class TextConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? null
            : reader.GetString() is { } text && !text.Contains('\0') ? text
            : throw new JsonException("Text must not contain the character NUL.");

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
