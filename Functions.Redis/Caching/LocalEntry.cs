namespace Functions.Redis.Caching;

/// <summary>A value in the first level, with the guards that were taken before it was read.</summary>
/// <param name="Filled">A value that callers may share, or the bytes from which each gets an instance of its own.</param>
/// <param name="Guards">While they stand, it may be served.</param>
internal sealed record LocalEntry<T>(FilledValue<T> Filled, LocalGuards Guards);
