using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>A caller who came near a limit.</summary>
/// <param name="Caller">Who, such as <c>user:5</c>, <c>address:203.0.113.7</c> or <c>network:203.0.113.0/24</c>.</param>
/// <param name="Policy">The limit.</param>
/// <param name="Limit">Permits per window.</param>
/// <param name="Remaining">What was left of them.</param>
/// <param name="At">When.</param>
[Example("""{"caller": "address:203.0.113.7", "policy": "search", "limit": 30, "remaining": 0, "at": "2026-11-23T10:42:30Z"}""")]
public sealed record NearCaller(string Caller, string Policy, int Limit, int Remaining, DateTimeOffset At);
