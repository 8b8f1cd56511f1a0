namespace Functions.Http.Policies;

/// <summary>Limits how often a caller may use a function: at most <paramref name="limit"/> times in any window.</summary>
/// <param name="policy">
/// The policy's name. Functions with the same policy share one count; <c>RateLimits__{policy}__Limit</c> and <c>…__WindowSeconds</c> change it.
/// </param>
/// <param name="limit">Requests per window, at least 1.</param>
/// <param name="windowSeconds">The window in seconds, at least 1.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RateLimitAttribute(string policy, int limit, int windowSeconds) : Attribute
{
    /// <summary>The policy's name.</summary>
    public string Policy { get; } = policy;

    /// <summary>Requests per window.</summary>
    public int Limit { get; } = limit;

    /// <summary>The window in seconds.</summary>
    public int WindowSeconds { get; } = windowSeconds;

    /// <summary>Who is counted; default the client's address.</summary>
    public RateLimitKey Key { get; set; } = RateLimitKey.Address;
}
