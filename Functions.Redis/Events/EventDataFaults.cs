using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Functions.Redis.Events;

/// <summary>Tells why data cannot be read as a handler takes them.</summary>
internal static class EventDataFaults
{
    private const string Root = "data";
    private const string Malformed = "The value has the wrong type or is malformed.";

    /// <summary>What is wrong with <paramref name="data"/> as <typeparamref name="TData"/>, by path; empty for nothing.</summary>
    public static IReadOnlyDictionary<string, string> Of<TData>(JsonElement data)
    {
        try
        {
            return data.Deserialize<TData>(EventJson.Data) is null
                ? new Dictionary<string, string> { [Root] = "The value must not be null." }
                : new Dictionary<string, string>();
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            var missing = MissingMembers(data, typeof(TData));
            return missing.Count > 0
                ? missing.ToDictionary(member => $"{Root}.{member}", _ => "The value is missing.")
                : new Dictionary<string, string> { [PathOf(exception)] = Malformed };
        }
    }

    /// <summary>Whether <paramref name="exception"/> says that JSON does not fit the type that it is read as.</summary>
    public static bool IsUnreadable(Exception exception) => exception is JsonException or FormatException or InvalidOperationException { Source: "System.Text.Json" };

    private static List<string> MissingMembers(JsonElement data, Type type)
    {
        var contract = EventJson.Data.GetTypeInfo(type);
        return contract.Kind == JsonTypeInfoKind.Object && data.ValueKind == JsonValueKind.Object
            ? [.. contract.Properties.Where(property => property.IsRequired && !data.TryGetProperty(property.Name, out _)).Select(property => property.Name)]
            : [];
    }

    // "$.items[0].id" is "data.items[0].id".
    private static string PathOf(Exception exception) =>
        exception is JsonException { Path: ['$', .. var path] } ? Root + path : Root;
}
