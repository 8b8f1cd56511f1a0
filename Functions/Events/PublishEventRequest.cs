using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using Functions.OpenApi;
using Functions.Redis.Events;

namespace Functions.Events;

/// <summary>The body of <c>POST /events</c>.</summary>
[Example("""{"type": "maintenance", "data": {"at": "2026-11-23T22:00:00Z"}}""")]
public sealed record PublishEventRequest : IValidatableObject
{
    private const int MaximumDataBytes = 32 * 1024;

    /// <summary>A lower-case letter followed by up to 63 lower-case letters, digits, <c>_</c>, <c>.</c> or <c>-</c>.</summary>
    [Required]
    public string? Type { get; init; }

    /// <summary>Any JSON, <c>null</c> too; undefined if it is missing.</summary>
    [Required]
    public JsonElement Data { get; init; }

    /// <summary>Whom it is for; everybody if it is missing.</summary>
    [Range(1, int.MaxValue)]
    public int? UserId { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!EventNames.IsType(Type))
        {
            yield return new ValidationResult("The value must be a lower-case letter followed by up to 63 lower-case letters, digits, '_', '.' or '-'.", [nameof(Type)]);
        }

        if (Data.ValueKind == JsonValueKind.Undefined)
        {
            yield return new ValidationResult("The value is missing; it may be any JSON, null too.", [nameof(Data)]);
            yield break;
        }

        if (!IsText(Data))
        {
            yield return new ValidationResult("The value has half of a surrogate pair, which is no character.", [nameof(Data)]);
        }

        if (Encoding.UTF8.GetByteCount(Data.GetRawText()) > MaximumDataBytes)
        {
            yield return new ValidationResult($"The value may have {MaximumDataBytes} bytes at most.", [nameof(Data)]);
        }
    }

    // JSON lets "\ud800" stand; it cannot be written again.
    private static bool IsText(JsonElement data)
    {
        try
        {
            JsonSerializer.SerializeToUtf8Bytes(data);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or JsonException)
        {
            return false;
        }
    }
}
