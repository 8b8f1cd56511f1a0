using System.Text.Json;
using System.Text.Json.Serialization;
using Functions.Redis.Serialization;

namespace Functions.Redis.Events;

/// <summary>How events are written.</summary>
[JsonSerializable(typeof(EventEnvelope))]
[JsonSerializable(typeof(OutgoingEnvelope))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
internal sealed partial class EventJson : JsonSerializerContext
{
    /// <summary>How the data of events is written and read: names in <c>snake_case</c>.</summary>
    public static readonly JsonSerializerOptions Data = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = false,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Encoder = Utf8JsonEncoder.Instance,
    };
}
