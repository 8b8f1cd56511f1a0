using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Redis.Caching;

/// <summary>The first level, in the process; and what is made without Redis, which goes there at most.</summary>
public sealed partial class RedisHybridCache
{
    private readonly ConcurrentDictionary<Type, object> _bypasses = new();
    private readonly ConcurrentDictionary<Type, object> _localRuns = new();

    /// <summary>Whether this process hears of the removals that others make.</summary>
    internal bool HearsOfRemovals => _local.IsHearing;

    /// <summary>Calls a factory without a lease; see <see cref="BypassGate{T}"/>.</summary>
    internal async Task<T> CallOneAtATimeAsync<T>(CacheCall<T> call, LocalGuards? guards, CancellationToken cancellationToken)
    {
        var gate = (BypassGate<FilledValue<T>>)_bypasses.GetOrAdd(typeof(T), static _ => new BypassGate<FilledValue<T>>());
        var (_, run) = gate.Enter(call.Key, abandoned => MakeLocallyAsync(call, guards, abandoned).AsTask(), cancellationToken);
        return Serializers.Share(await run);
    }

    /// <summary>Keeps a value in the first level, unless something of it has been removed since its guards were taken.</summary>
    /// <param name="key">The key.</param>
    /// <param name="filled">The value.</param>
    /// <param name="tags">Its tags; those that the guards do not know yet get some.</param>
    /// <param name="guards">Taken before it was read or made.</param>
    /// <param name="options">How long it may be kept.</param>
    /// <param name="remaining">How long it lives, counted from before Redis was asked: it is not kept longer than there.</param>
    internal void KeepLocally<T>(
        string key, FilledValue<T> filled, string[] tags, LocalGuards guards, RedisCacheEntryOptions options, TimeSpan remaining)
    {
        if (_local.Cover(guards, tags) is { } covering)
        {
            // Redis counts whole milliseconds, from when it last looked at its clock: its entry may be gone a little before its time.
            remaining -= RedisClockError;
            var expiration = LocalExpirationOf(options.LocalExpiration);
            _local.Set(key, filled, covering, expiration < remaining ? expiration : remaining);
        }
    }

    private TimeSpan LocalExpirationOf(TimeSpan? asked) => asked ?? Options.LocalExpiration;

    private bool IsKeptLocally(RedisCacheEntryOptions options) =>
        LocalExpirationOf(options.LocalExpiration) > TimeSpan.Zero && !options.Has(HybridCacheEntryFlags.DisableLocalCacheWrite);

    private bool TryGetLocal<T>(string key, TimeSpan? localExpiration, HybridCacheEntryFlags flags, out T value)
    {
        if (LocalExpirationOf(localExpiration) > TimeSpan.Zero
            && (flags & HybridCacheEntryFlags.DisableLocalCacheRead) == 0
            && _local.TryGet<T>(key, out var entry))
        {
            value = Serializers.Share(entry.Filled);
            CacheMetrics.LocalHit();
            return true;
        }

        value = default!;
        return false;
    }

    /// <summary>Guards for a value that is about to be read, if it is to be kept.</summary>
    private LocalGuards? TakeGuards(string key, string[] tags, RedisCacheEntryOptions options)
    {
        if (!IsKeptLocally(options))
        {
            return null;
        }

        _channel.Listen();
        return _local.TakeGuards(key, _plans.For(key, tags).Tags);
    }

    /// <summary>Guards for a value that is about to be set, if it is to be kept.</summary>
    private LocalGuards? TakeGuardsToSet(string key, string[] tags, ulong token, RedisCacheEntryOptions options)
    {
        if (!IsKeptLocally(options))
        {
            return null;
        }

        _channel.Listen();
        return _local.TakeGuardsToSet(key, tags, token);
    }

    /// <summary>Sets a value in the first level alone. What was there before is gone also where the new one is not kept.</summary>
    private void SetLocally<T>(string key, T value, RedisCacheEntryOptions options, string[] tags)
    {
        var token = CacheStore.NewToken();
        if (TakeGuardsToSet(key, tags, token, options) is { } guards)
        {
            var filled = Serializers.Fill(value);
            if (filled.Serialized.Length <= Options.MaximumPayloadBytes)
            {
                _local.Replace(key, token);
                KeepLocally(key, filled, tags, guards, options, ExpirationOf(value, options));
                return;
            }
        }

        _local.RemoveKey(key);
    }

    // Without Redis there is the first level at most. Those who read at the same time share the value, though, kept or not.
    private async ValueTask<CacheEntry<T>> FillLocallyAsync<T>(CacheCall<T> call, CancellationToken cancellationToken)
    {
        if (call.Has(HybridCacheEntryFlags.DisableUnderlyingData))
        {
            CacheMetrics.Read(CacheOutcome.Miss);
            return new(default!, CacheOutcome.Miss);
        }

        var runs = (LocalRuns<T>)_localRuns.GetOrAdd(typeof(T), static _ => new LocalRuns<T>());
        while (true)
        {
            var removals = _local.TagRemovals;
            var (own, shared) = runs.Enter(
                call.Key,
                call.Tags,
                () => TakeGuards(call.Key, call.Tags, call.Options) ?? _local.TakeGuards(call.Key, call.Tags),
                cancellationToken);
            var filled = own is null ? (await shared!)! : await own.Flight.RunAsync(
                (Cache: this, runs, call, own), static (run, abandoned) => run.Cache.RunLocallyAsync(run.runs, run.call, run.own, abandoned), cancellationToken);
            if (own is not null || filled.IsFor(removals))
            {
                CacheMetrics.Read(CacheOutcome.Miss);
                return new(Serializers.Share(filled), CacheOutcome.Miss);
            }
        }
    }

    private async ValueTask<FilledValue<T>> RunLocallyAsync<T>(LocalRuns<T> runs, CacheCall<T> call, LocalRun<T> run, CancellationToken abandoned)
    {
        try
        {
            abandoned.ThrowIfCancellationRequested();
            return await MakeLocallyAsync(call, run.Guards, abandoned);
        }
        finally
        {
            runs.Leave(call.Key, run);
        }
    }

    // A value that does not go to Redis. Its epoch is the number of removals that this process has heard of.
    private async ValueTask<FilledValue<T>> MakeLocallyAsync<T>(CacheCall<T> call, LocalGuards? guards, CancellationToken abandoned)
    {
        var context = new CacheEntryContext(call.Tags);
        var value = await call.MakeAsync(context, abandoned);
        var filled = Serializers.Fill(value) with { TellsTags = context.TellsTags, Epoch = guards?.TagRemovals };
        if (guards is not null && IsKeptLocally(call.Options) && filled.Serialized.Length <= Options.MaximumPayloadBytes)
        {
            KeepLocally(call.Key, filled, context.Tags, guards, call.Options, context.Expiration ?? ExpirationOf(value, call.Options));
        }

        return filled;
    }
}
