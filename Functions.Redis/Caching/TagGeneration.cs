namespace Functions.Redis.Caching;

/// <summary>A tag and the random number that stands for the time since its last invalidation.</summary>
internal readonly record struct TagGeneration(string Tag, ulong Generation);
