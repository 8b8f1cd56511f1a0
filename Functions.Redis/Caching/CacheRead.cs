namespace Functions.Redis.Caching;

/// <summary>What Redis knows of an entry.</summary>
/// <param name="Bytes">The entry, or null.</param>
/// <param name="Generations">The generations of the tags that were asked for.</param>
/// <param name="Remaining">How long it is still kept; null where nobody asked or there is none.</param>
internal readonly record struct CacheRead(ReadOnlyMemory<byte>? Bytes, TagGenerations Generations, TimeSpan? Remaining);
