using System.Text.Json;
using System.Text.Json.Serialization;
using Functions.Redis.Serialization;

namespace Functions.Redis.Tasks;

/// <summary>How payloads and results are written: names in <c>snake_case</c>.</summary>
internal static class TaskJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = Utf8JsonEncoder.Instance,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
