using System.Text.Json;

namespace Functions.Notifications;

/// <summary>A notification as its user sees it.</summary>
public sealed record NotificationAnswer(long Id, string Type, JsonElement Data, DateTimeOffset CreatedAt, bool Read);
