namespace Functions.Redis.Caching;

/// <summary>What a read found.</summary>
/// <param name="State">Whether <paramref name="Value"/> may be served.</param>
/// <param name="Value">The value of a hit, also of an expired one.</param>
/// <param name="SeenFill">The token of the fill that was there; empty where there was none.</param>
/// <param name="Generations">The generations of the entry's tags at that moment.</param>
/// <param name="Remaining">How long it has still to live; negative once it has expired, null where nobody has asked.</param>
internal readonly record struct CacheLookup<T>(
    CacheLookupState State, T Value, ReadOnlyMemory<byte> SeenFill, TagGenerations Generations, TimeSpan? Remaining = null)
{
    public bool IsHit => State == CacheLookupState.Hit;

    /// <summary>Whether the value has expired but not been removed, less than <paramref name="limit"/> ago; with zero never, also not in the millisecond of its end.</summary>
    public bool IsStaleWithin(TimeSpan limit) => State == CacheLookupState.Expired && -Remaining < limit;
}

internal enum CacheLookupState
{
    Miss,
    Hit,
    Expired,
}
