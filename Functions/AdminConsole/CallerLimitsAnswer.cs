namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/limits/callers/{caller}</c>.</summary>
/// <param name="Caller">Who, as it is counted.</param>
/// <param name="Lifted">Whether the caller's limits are lifted.</param>
/// <param name="Limits">What is left, the tightest first.</param>
public sealed record CallerLimitsAnswer(string Caller, bool Lifted, IReadOnlyList<CallerLimit> Limits);
