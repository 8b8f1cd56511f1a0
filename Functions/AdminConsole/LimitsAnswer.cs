using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/limits</c>.</summary>
/// <param name="Minutes">Over how many minutes the numbers are.</param>
/// <param name="Policies">The policies.</param>
/// <param name="Nearest">The callers who came nearest to a limit within the last minute.</param>
/// <param name="Lifted">The callers whose limits are lifted, the first to end first.</param>
[Example("""{"minutes": 60, "policies": [{"name": "search", "limit": 30, "window_seconds": 60, "algorithm": "sliding_window", "key": "address", "allowed": 410, "rejected": 7}], "nearest": [{"caller": "address:203.0.113.7", "policy": "search", "limit": 30, "remaining": 0, "at": "2026-11-23T10:42:30Z"}], "lifted": [{"caller": "user:5", "ends_at": "2026-11-23T11:00:00Z"}]}""")]
public sealed record LimitsAnswer(int Minutes, IReadOnlyList<PolicyUse> Policies, IReadOnlyList<NearCaller> Nearest, IReadOnlyList<LiftedCaller> Lifted);
