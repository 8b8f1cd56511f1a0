namespace Functions.Redis.RateLimiting;

/// <summary>A named limit.</summary>
/// <param name="Name">The policy's name, part of its keys.</param>
/// <param name="Limit">Permits per window, at least 1.</param>
/// <param name="Window">The window, at least one millisecond.</param>
/// <param name="Outage">What happens while Redis cannot be used.</param>
public sealed record RateLimitPolicy(string Name, int Limit, TimeSpan Window, OutagePolicy Outage = OutagePolicy.EnforceLocally);
