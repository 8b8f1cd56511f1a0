using System.Text.Json;
using Functions.OpenApi;

namespace Functions.Notifications;

/// <summary>A notification as its user sees it.</summary>
[Example("""{"id": 7, "type": "new_message", "data": {"message_id": 99, "sender_id": 5, "preview": "Hello!"}, "created_at": "2026-11-23T10:00:00Z", "read": false}""")]
public sealed record NotificationAnswer(long Id, string Type, JsonElement Data, DateTimeOffset CreatedAt, bool Read);
