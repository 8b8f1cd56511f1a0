using System.Text.Json;
using Functions.OpenApi;

namespace Functions.Notifications;

/// <summary>A notification as its user sees it.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Type">The type of the event that it is about.</param>
/// <param name="Data">The data of that event.</param>
/// <param name="CreatedAt">When it was stored.</param>
/// <param name="Read">Whether the user has read it.</param>
[Example("""{"id": 7, "type": "new_message", "data": {"message_id": 99, "sender_id": 5, "preview": "Hello!"}, "created_at": "2026-11-23T10:00:00Z", "read": false}""")]
public sealed record NotificationAnswer(long Id, string Type, JsonElement Data, DateTimeOffset CreatedAt, bool Read);
