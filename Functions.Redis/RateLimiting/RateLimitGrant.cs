namespace Functions.Redis.RateLimiting;

/// <summary>What Redis decided on the limits of one partition, with what is needed to give the permits back.</summary>
/// <param name="Limits">The limits, all of one partition.</param>
/// <param name="Permits">How many permits were asked of each.</param>
/// <param name="Lease">Under which name concurrency permits are held.</param>
/// <param name="TakenAt">When it was decided: Unix microseconds by Redis' clock.</param>
/// <param name="Decisions">One per limit.</param>
internal sealed record RateLimitGrant(
    IReadOnlyList<CountedLimit> Limits, int Permits, string Lease, long TakenAt, RateLimitDecision[] Decisions)
{
    /// <summary>Whether every limit allowed the request, so that permits of all were taken.</summary>
    public bool IsAllowed => Array.TrueForAll(Decisions, static decision => decision.IsAllowed);
}
