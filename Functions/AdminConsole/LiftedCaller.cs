using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>A caller whose limits are lifted.</summary>
/// <param name="Caller">Who: <c>user:5</c> or <c>address:203.0.113.7</c>.</param>
/// <param name="EndsAt">Until when.</param>
[Example("""{"caller": "user:5", "ends_at": "2026-11-23T11:00:00Z"}""")]
public sealed record LiftedCaller(string Caller, DateTimeOffset EndsAt);
