namespace Functions.Redis.Caching;

/// <summary>A read whose command is on its way; see <see cref="RedisHybridCache.BeginRead{T}"/>.</summary>
public sealed class BegunRead<T>
{
    internal BegunRead(string key, string[] tags, RedisCacheEntryOptions options, Task<CacheLookup<T>>? lookup) =>
        (Key, Tags, Options, Lookup) = (key, tags, options, lookup);

    internal string Key { get; }

    internal string[] Tags { get; }

    internal RedisCacheEntryOptions Options { get; }

    /// <summary>Null where the first level is asked first, or Redis is not to be asked, or cannot be for such names.</summary>
    internal Task<CacheLookup<T>>? Lookup { get; }
}
