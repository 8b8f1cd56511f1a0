using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>How a caller stands with a policy.</summary>
/// <param name="Policy">Its name.</param>
/// <param name="Limit">Permits per window.</param>
/// <param name="Remaining">What is left of them.</param>
/// <param name="ResetAt">When there are more.</param>
[Example("""{"policy": "search", "limit": 30, "remaining": 4, "reset_at": "2026-11-23T10:43:00Z"}""")]
public sealed record CallerLimit(string Policy, int Limit, int Remaining, DateTimeOffset ResetAt);
