namespace Functions.Redis.RateLimiting;

/// <summary>A named limit.</summary>
/// <param name="Name">The policy's name, part of its keys.</param>
/// <param name="Limit">Permits per window, at least 1; with <see cref="RateLimitAlgorithm.Concurrency"/> permits at the same time.</param>
/// <param name="Window">
/// The window, at least one millisecond and at most 3,650 days; with <see cref="RateLimitAlgorithm.Concurrency"/> how long the permits of a
/// crashed holder are missing.
/// </param>
/// <param name="Outage">What happens while Redis cannot be used.</param>
/// <param name="Algorithm">How it counts.</param>
public sealed record RateLimitPolicy(
    string Name,
    int Limit,
    TimeSpan Window,
    OutagePolicy Outage = OutagePolicy.EnforceLocally,
    RateLimitAlgorithm Algorithm = RateLimitAlgorithm.SlidingWindow)
{
    /// <summary>How long the token bucket takes to refill one permit: whole microseconds, rounded up.</summary>
    public TimeSpan RefillInterval => TimeSpan.FromMicroseconds(Math.Ceiling(Window.TotalMicroseconds / Limit));

    /// <summary>The algorithm as keys and scripts name it.</summary>
    internal string Letter => Algorithm switch
    {
        RateLimitAlgorithm.SlidingWindow => "s",
        RateLimitAlgorithm.TokenBucket => "t",
        RateLimitAlgorithm.FixedWindow => "f",
        _ => "c",
    };

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Name);
        ArgumentOutOfRangeException.ThrowIfLessThan(Limit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Window, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Window, TimeSpan.FromDays(3650));
    }
}
