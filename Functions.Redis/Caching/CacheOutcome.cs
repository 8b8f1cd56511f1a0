namespace Functions.Redis.Caching;

/// <summary>Where a value came from.</summary>
public enum CacheOutcome
{
    /// <summary>From the cache.</summary>
    Hit,

    /// <summary>From the factory, by this caller or by one it waited for.</summary>
    Miss,

    /// <summary>From the cache, past its time to live.</summary>
    Stale,

    /// <summary>From the factory, because Redis could not be used.</summary>
    Bypass,
}
