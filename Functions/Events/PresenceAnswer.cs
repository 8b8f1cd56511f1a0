namespace Functions.Events;

/// <summary>The answer of <c>GET /presence</c>.</summary>
public sealed record PresenceAnswer(IReadOnlyList<OnlineUser> Online);
