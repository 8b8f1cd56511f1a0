using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Redis.Caching;

public sealed partial class RedisHybridCache
{
    /// <summary>
    /// Sends the read of an entry and returns at once, for callers that have other commands to send before they know whether they need the
    /// value. What is begun and never finished has no effect.
    /// </summary>
    /// <param name="key">As for <c>GetOrCreateEntryAsync</c>.</param>
    /// <param name="options">How the entry is cached; null for the defaults.</param>
    /// <param name="tags">Names under which the entry can be removed.</param>
    /// <exception cref="ArgumentException">A tag is null, empty, white space or <c>*</c>.</exception>
    public BegunRead<T> BeginRead<T>(string key, RedisCacheEntryOptions? options = null, IEnumerable<string>? tags = null)
    {
        options ??= RedisCacheEntryOptions.Default;
        if (FaultOf(key, tags, out var names) != CacheNameFault.None
            || LocalExpirationOf(options.LocalExpiration) > TimeSpan.Zero
            || options.Has(HybridCacheEntryFlags.DisableDistributedCache))
        {
            return new BegunRead<T>(key, names, options, null);
        }

        var lookup = LookupThroughCircuitAsync<T>(key, names, options, null, CancellationToken.None).AsTask();
        RedisBudget.Forget(lookup); // Whoever goes on with the read is told all the same.
        _plans.ExpectHit(key); // Whoever goes on makes what is not there.
        return new BegunRead<T>(key, names, options, lookup);
    }

    /// <summary>Goes on with a read: as <c>GetOrCreateEntryAsync</c> with the key, options and tags that it was begun with.</summary>
    /// <param name="read">The read.</param>
    /// <param name="state">Passed to the factory.</param>
    /// <param name="factory">Makes the value where there is none.</param>
    /// <param name="cancellationToken">Ends the wait of this caller; the factory goes on while others wait for it.</param>
    public async ValueTask<CacheEntry<T>> GetOrCreateEntryAsync<TState, T>(
        BegunRead<T> read,
        TState state,
        Func<TState, CacheEntryContext, CancellationToken, ValueTask<T>> factory,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(factory);
        var (key, tags, options) = (read.Key, read.Tags, read.Options);
        if (read.Lookup is null)
        {
            return await GetOrCreateEntryAsync(key, state, factory, options, tags, cancellationToken);
        }

        var started = Time.GetTimestamp();
        CacheLookup<T> lookup;
        try
        {
            lookup = await read.Lookup.WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            return await BypassAsync(exception, Call(key, state, factory, options, tags), null, cancellationToken);
        }

        if (lookup.IsHit)
        {
            CacheMetrics.Read(CacheOutcome.Hit);
            return new(lookup.Value, CacheOutcome.Hit);
        }

        var budget = new RedisBudget(Options.RedisTimeout - Time.GetElapsedTime(started), Time);
        return await MissAsync(Call(key, state, factory, options, tags), lookup, null, null, budget, cancellationToken);
    }
}
