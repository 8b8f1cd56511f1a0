using Functions.OpenApi;

namespace Functions.Events;

/// <summary>The answer of <c>GET /presence</c>.</summary>
[Example("""{"online": [{"user_id": 5, "since": "2026-11-23T10:00:00Z"}]}""")]
public sealed record PresenceAnswer(IReadOnlyList<OnlineUser> Online);
