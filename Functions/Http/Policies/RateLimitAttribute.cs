using Functions.Redis.RateLimiting;

namespace Functions.Http.Policies;

/// <summary>
/// Limits how often a caller may use a function. Several on one function apply together: a request that one of them rejects uses up
/// nothing of the others.
/// </summary>
/// <param name="policy">
/// The policy's name: letters, digits, <c>-</c>, <c>_</c> and <c>.</c>. Functions with the same policy share one count;
/// <c>RateLimits__{policy}__Limit</c>, <c>…__WindowSeconds</c>, <c>…__Algorithm</c> and <c>…__Outage</c> change it.
/// </param>
/// <param name="limit">Requests per window, at least 1; with <see cref="RateLimitAlgorithm.Concurrency"/> requests at the same time.</param>
/// <param name="windowSeconds">
/// The window in seconds, at least 1; with <see cref="RateLimitAlgorithm.Concurrency"/> how long the permits of a crashed instance are missing.
/// </param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class RateLimitAttribute(string policy, int limit, int windowSeconds) : Attribute
{
    /// <summary>The policy's name.</summary>
    public string Policy { get; } = policy;

    /// <summary>Requests per window.</summary>
    public int Limit { get; } = limit;

    /// <summary>The window in seconds.</summary>
    public int WindowSeconds { get; } = windowSeconds;

    /// <summary>How it counts; default an exact sliding window.</summary>
    public RateLimitAlgorithm Algorithm { get; set; } = RateLimitAlgorithm.SlidingWindow;

    /// <summary>Who is counted; default the client's address.</summary>
    public RateLimitKey Key { get; set; } = RateLimitKey.Address;

    /// <summary>The header that <see cref="RateLimitKey.Header"/> counts by.</summary>
    public string? Header { get; set; }
}
