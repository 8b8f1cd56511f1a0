namespace Functions.Redis.RateLimiting;

/// <summary>What a limiter decided.</summary>
/// <param name="IsAllowed">Whether the request may go on.</param>
/// <param name="Limit">Permits per window.</param>
/// <param name="Remaining">Permits left in the window.</param>
/// <param name="ResetAt">When the oldest request leaves the window, by Redis' clock.</param>
/// <param name="ResetAfter">The time from the decision to <paramref name="ResetAt"/>.</param>
/// <param name="RetryAfter">How long a rejected request has to wait; zero for an allowed one.</param>
public readonly record struct RateLimitDecision(
    bool IsAllowed, int Limit, int Remaining, DateTimeOffset ResetAt, TimeSpan ResetAfter, TimeSpan RetryAfter);
