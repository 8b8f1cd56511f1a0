using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Redis.Caching;

/// <summary>A read that is no hit: what was asked for, and the factory that makes it.</summary>
/// <param name="key">The key.</param>
/// <param name="options">How the entry is cached.</param>
/// <param name="tags">The tags that the caller named.</param>
/// <param name="mayTellTags">Whether the factory can tell further tags by the value.</param>
internal abstract class CacheCall<T>(string key, RedisCacheEntryOptions options, string[] tags, bool mayTellTags)
{
    public string Key { get; } = key;

    public RedisCacheEntryOptions Options { get; } = options;

    public string[] Tags { get; } = tags;

    public bool MayTellTags { get; } = mayTellTags;

    public bool Has(HybridCacheEntryFlags flag) => Options.Has(flag);

    /// <summary>Calls the factory.</summary>
    public abstract ValueTask<T> MakeAsync(CacheEntryContext context, CancellationToken cancellationToken);

    /// <summary>Reads once more, from the start.</summary>
    public abstract ValueTask<CacheEntry<T>> ReadAgainAsync(CancellationToken cancellationToken);
}

/// <inheritdoc/>
internal sealed class CacheCall<TState, T>(
    RedisHybridCache cache,
    string key,
    TState state,
    Func<TState, CacheEntryContext, CancellationToken, ValueTask<T>> factory,
    RedisCacheEntryOptions options,
    string[] tags,
    bool mayTellTags = true) : CacheCall<T>(key, options, tags, mayTellTags)
{
    /// <inheritdoc/>
    public override async ValueTask<T> MakeAsync(CacheEntryContext context, CancellationToken cancellationToken)
    {
        var started = cache.Time.GetTimestamp();
        try
        {
            return await factory(state, context, cancellationToken);
        }
        finally
        {
            CacheMetrics.FactoryRan(cache.Time.GetElapsedTime(started));
        }
    }

    /// <inheritdoc/>
    public override ValueTask<CacheEntry<T>> ReadAgainAsync(CancellationToken cancellationToken) =>
        cache.GetOrCreateEntryAsync(Key, state, factory, Options, Tags, cancellationToken);
}
