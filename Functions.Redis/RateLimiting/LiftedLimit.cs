namespace Functions.Redis.RateLimiting;

/// <summary>A caller whose limits are lifted.</summary>
/// <param name="Partition">Who, as limits count callers.</param>
/// <param name="End">Until when, by this process' clock.</param>
public sealed record LiftedLimit(string Partition, DateTimeOffset End);
