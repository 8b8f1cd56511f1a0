namespace Functions.Redis.Caching;

/// <summary>A value and where it came from.</summary>
/// <param name="Value">The value; null where null is what the factory returned.</param>
/// <param name="Outcome">Where it came from.</param>
public readonly record struct CacheEntry<T>(T Value, CacheOutcome Outcome);
