namespace Functions.Redis.Caching;

/// <summary>An entry as it lies in Redis, for people to look at.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">The serialized value, decompressed; null where the value is null.</param>
/// <param name="Tags">The tags that it was stored under.</param>
/// <param name="IsCurrent">Whether none of them has been invalidated since: else it is there, but nobody is given it.</param>
/// <param name="Expiration">How long it is still fresh; zero or less if it is only kept to be served while a new one is made.</param>
/// <param name="StoredBytes">What it takes in Redis.</param>
public sealed record CachedEntry(
    string Key, ReadOnlyMemory<byte>? Value, IReadOnlyList<string> Tags, bool IsCurrent, TimeSpan Expiration, int StoredBytes);
