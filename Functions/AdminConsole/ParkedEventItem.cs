using System.Text.Json;
using Functions.OpenApi;
using Functions.Redis.Events;

namespace Functions.AdminConsole;

/// <summary>An event that could not be handled.</summary>
/// <param name="Id">A handle to retry or drop it by.</param>
/// <param name="Channel">Where it was published.</param>
/// <param name="Reason">Why it could not be handled.</param>
/// <param name="ParkedAt">Since when it is given up.</param>
/// <param name="Type">What it tells of; null for a message that is no event.</param>
/// <param name="EventId">The event's own id; null likewise.</param>
/// <param name="Data">What belongs to it; null likewise.</param>
/// <param name="CanRetry">Whether it can be published again.</param>
[Example("""{"id": "9b74c9897bac770ffc029102a200c5de", "channel": "user:5", "reason": "The recipient is missing.", "parked_at": "2026-11-23T10:42:00Z", "type": "new_message", "event_id": "018f3c5e9b7a4d2c8e1f6a5b4c3d2e1f", "data": {"message_id": 7, "sender_id": 5, "preview": "Hello"}, "can_retry": true}""")]
public sealed record ParkedEventItem(
    string Id, string Channel, string Reason, DateTimeOffset ParkedAt, string? Type, string? EventId, JsonElement? Data, bool CanRetry)
{
    internal static ParkedEventItem Of(ParkedEvent parked)
    {
        var envelope = parked.Envelope;
        return new(parked.Id, parked.Channel, parked.Reason, parked.ParkedAt, envelope?.Type, envelope?.Id, envelope?.Data, envelope is not null);
    }
}
