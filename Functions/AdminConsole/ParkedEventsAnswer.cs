using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/events/parked</c>: the latest 100.</summary>
[Example("""{"items": [{"id": "9b74c9897bac770ffc029102a200c5de", "channel": "user:5", "reason": "The recipient is missing.", "parked_at": "2026-11-23T10:42:00Z", "type": "new_message", "event_id": "018f3c5e9b7a4d2c8e1f6a5b4c3d2e1f", "data": {"message_id": 7, "sender_id": 5, "preview": "Hello"}, "can_retry": true}]}""")]
public sealed record ParkedEventsAnswer(IReadOnlyList<ParkedEventItem> Items);
