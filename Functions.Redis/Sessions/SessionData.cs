using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Functions.Redis.Sessions;

/// <summary>What the application keeps with a session: named values, as they were when the session was read.</summary>
/// <remarks>Values are JSON. They are changed by <see cref="SessionStore.UpdateDataAsync"/>, and end with the session.</remarks>
public sealed class SessionData
{
    /// <summary>The most that fits: 4,096 bytes of JSON in UTF-8, names included.</summary>
    public const int MaximumBytes = 4096;

    internal static readonly SessionData Empty = new("");

    private readonly JsonObject _values;

    internal SessionData(string text) => (Text, _values) = (text, ParseObject(text));

    /// <summary>The names of the values.</summary>
    public IEnumerable<string> Names => _values.Select(value => value.Key);

    /// <summary>The JSON as it is stored; empty for none.</summary>
    internal string Text { get; }

    /// <summary>The value of <paramref name="name"/>, or the default of <typeparamref name="T"/> if there is none.</summary>
    /// <exception cref="JsonException">The value is of another type.</exception>
    public T? Get<T>(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _values[name] is { } value ? value.Deserialize<T>(JsonSerializerOptions.Web) : default;
    }

    /// <summary>A copy to change.</summary>
    internal SessionDataEditor Edit() => new(ParseObject(Text));

    /// <summary>The JSON of changed values.</summary>
    /// <exception cref="InvalidOperationException">It is larger than <see cref="MaximumBytes"/>.</exception>
    internal static string Serialize(JsonObject values)
    {
        var text = values.Count == 0 ? "" : values.ToJsonString();
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes <= MaximumBytes
            ? text
            : throw new InvalidOperationException($"The data of a session may have {MaximumBytes} bytes at most; these have {bytes}.");
    }

    private static JsonObject ParseObject(string text) => text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
}
