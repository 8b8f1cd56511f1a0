namespace Functions.Redis.RateLimiting;

/// <summary>What a rate limit does while Redis cannot be used.</summary>
public enum OutagePolicy
{
    /// <summary>The same limit is enforced by each process on its own.</summary>
    EnforceLocally,

    /// <summary>Every request is allowed.</summary>
    Allow,

    /// <summary>Every request is rejected.</summary>
    Deny,
}
