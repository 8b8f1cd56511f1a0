using System.Text.Json;

namespace Functions.Redis.Events;

/// <summary>What <c>publish.lua</c> completes to an <see cref="EventEnvelope"/>; the id comes first.</summary>
internal sealed record OutgoingEnvelope(string Id, string Type, JsonElement Data, DateTimeOffset Timestamp, string? Traceparent, bool Confirm);
