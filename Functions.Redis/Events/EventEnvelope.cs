using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Functions.Redis.Events;

/// <summary>An event as it is published and kept.</summary>
/// <param name="Sequence">Its number on its channel; greater than those before.</param>
/// <param name="Previous">The number of the event before it on its channel.</param>
/// <param name="Id">What it is known by wherever it goes: 32 characters.</param>
/// <param name="Type">What has happened, such as <c>new_message</c>.</param>
/// <param name="Data">What belongs to it.</param>
/// <param name="Timestamp">When it happened.</param>
public sealed record EventEnvelope(long Sequence, long Previous, string Id, string Type, JsonElement Data, DateTimeOffset Timestamp)
{
    /// <summary>The trace that published it (W3C Trace Context), or null.</summary>
    public string? Traceparent { get; init; }

    /// <summary>Whether somebody wants to know when it has been handled (<see cref="IEventConfirmation"/>).</summary>
    public bool Confirm { get; init; }

    internal static bool TryParse(string? text, [NotNullWhen(true)] out EventEnvelope? envelope)
    {
        envelope = null;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        try
        {
            var parsed = JsonSerializer.Deserialize(text, EventJson.Default.EventEnvelope);
            if (parsed is { Sequence: > 0, Id.Length: OutgoingEvent.IdLength, Data.ValueKind: not JsonValueKind.Undefined } && EventNames.IsType(parsed.Type))
            {
                envelope = parsed;
            }
        }
        catch (JsonException)
        {
            // It is none.
        }

        return envelope is not null;
    }
}
