using System.Text.Json;

namespace Functions.Notifications;

/// <summary>What a user is to be told.</summary>
/// <param name="UserId">Whom.</param>
/// <param name="EventId">The event that it tells of; the same when it is sent again.</param>
/// <param name="Type">The event's type.</param>
/// <param name="Data">The event's data.</param>
/// <param name="CreatedAt">When the event happened.</param>
public sealed record Push(int UserId, string EventId, string Type, JsonElement Data, DateTimeOffset CreatedAt);
