using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/limits/callers/{caller}</c>.</summary>
/// <param name="Caller">Who, as it is counted.</param>
/// <param name="Lifted">Whether the caller's limits are lifted.</param>
/// <param name="Limits">What is left, the tightest first.</param>
[Example("""{"caller": "user:5", "lifted": false, "limits": [{"policy": "search", "limit": 30, "remaining": 4, "reset_at": "2026-11-23T10:43:00Z"}]}""")]
public sealed record CallerLimitsAnswer(string Caller, bool Lifted, IReadOnlyList<CallerLimit> Limits);
