using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Functions.Redis.Connections;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;

namespace Functions.Redis.Caching;

/// <summary>A <see cref="HybridCache"/> on Redis that never serves a value that was invalidated before it was asked for.</summary>
/// <remarks>
/// The life of a read:
/// <list type="number">
/// <item>The entry and the generations of its tags are read together. An entry whose tags all have the generations that it was stored
/// under is a hit.</item>
/// <item>Otherwise the reader asks for the entry's lease. One reader over all instances gets it; the others wait for it, those in the
/// same process on the same run of the factory.</item>
/// <item>The holder calls the factory, and renews the lease meanwhile.</item>
/// <item>It stores the value under the generations that it read <em>before</em> the factory ran, if its lease still stands. Removing an
/// entry deletes the lease, removing a tag changes the generation: either way what an older factory read is not served.</item>
/// </list>
/// When Redis cannot be used, the factory is called, one call at a time per key and process, and reads do not throw.
/// </remarks>
public sealed partial class RedisHybridCache : HybridCache, IAsyncDisposable
{
    private static readonly TimeSpan RedisClockError = TimeSpan.FromMilliseconds(5);

    private readonly CacheReadPlans _plans;
    private readonly ConcurrentDictionary<Type, object> _bypasses = new();
    private readonly CacheCircuit _circuit;
    private readonly CacheChannel _channel;
    private readonly LocalCache _local;
    private readonly PendingRemovals _pending;
    private readonly bool _clientKeepsTimeout;
    private readonly ILogger<RedisHybridCache> _logger;
    private bool _isDisposed;

    /// <summary>Makes a cache; <paramref name="services"/> may hold serializers for the types that are cached.</summary>
    public RedisHybridCache(
        RedisConnection connection, CacheOptions options, IServiceProvider services, TimeProvider time, ILogger<RedisHybridCache> logger)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        _clientKeepsTimeout = options.RedisTimeout >= connection.CommandTimeout;
        Store = new CacheStore(connection, options);
        _plans = new CacheReadPlans(Store);
        Serializers = new CacheSerializers(services, options);
        Time = time;
        LeaseWaits = new LeaseWaits(Store, options, time);
        _local = new LocalCache(options);
        _channel = new CacheChannel(connection, options, _local, LeaseWaits, time, logger);
        _circuit = new CacheCircuit(options, time);
        _pending = new PendingRemovals(Store, options, time, logger);
        _logger = logger;
    }

    internal CacheOptions Options { get; }

    internal CacheStore Store { get; }

    internal CacheSerializers Serializers { get; }

    internal TimeProvider Time { get; }

    internal LeaseWaits LeaseWaits { get; }

    /// <summary>The factories that run in this process, by the token of their lease.</summary>
    internal ConcurrentDictionary<ulong, object> Flights { get; } = new();

    /// <inheritdoc/>
    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        if (TryGetLocal<T>(key, options?.LocalCacheExpiration, options?.Flags ?? HybridCacheEntryFlags.None, out var local))
        {
            return new(local);
        }

        var converted = RedisCacheEntryOptions.From(options);
        return TryBeginHit(key, converted, tags, cancellationToken) is { } begun
            ? new(FinishHitAsync(key, state, factory, converted, begun))
            : ValueOfAsync(GetOrCreateEntryAsync(key, (state, factory), WithoutContextAsync, converted, tags, cancellationToken));
    }

    /// <summary>
    /// Returns the cached value of <paramref name="key"/>, or calls <paramref name="factory"/> and caches what it returns. Beyond the
    /// abstraction it says where the value came from, and the factory may choose time to live and tags by the value.
    /// </summary>
    /// <param name="key">1 to 1,024 characters.</param>
    /// <param name="state">Passed to the factory, so that it need not capture it.</param>
    /// <param name="factory">Makes the value. Its token is cancelled when nobody waits for the value any more.</param>
    /// <param name="options">How the entry is cached; null for the defaults.</param>
    /// <param name="tags">Names under which the entry can be removed: at most 255, each of 1 to 1,024 bytes in UTF-8.</param>
    /// <param name="cancellationToken">Ends the wait of this caller; the factory goes on while others wait for it.</param>
    /// <exception cref="ArgumentException">A key or tag is empty or too long, or there are too many tags.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CacheEntry<T>> GetOrCreateEntryAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CacheEntryContext, CancellationToken, ValueTask<T>> factory,
        RedisCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        CacheNames.ValidateKey(key);
        cancellationToken.ThrowIfCancellationRequested();
        options ??= RedisCacheEntryOptions.Default;
        var names = TagsOf(tags);
        if (TryGetLocal<T>(key, options.LocalExpiration, options.Flags, out var local))
        {
            return new(local, CacheOutcome.Hit);
        }

        if (options.Has(HybridCacheEntryFlags.DisableDistributedCache))
        {
            return await FillLocallyAsync(key, state, factory, options, names, cancellationToken);
        }

        // What only a miss needs is in methods of its own: a hit allocates nothing for it.
        var started = Time.GetTimestamp();
        var guards = TakeGuards(key, names, options);
        CacheLookup<T> lookup;
        try
        {
            lookup = await LookupThroughCircuitAsync<T>(key, names, options, guards, cancellationToken);
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            return await BypassAsync(exception, key, state, factory, options, names, cancellationToken);
        }

        if (lookup.IsHit)
        {
            CacheMetrics.Read(CacheOutcome.Hit);
            return new(lookup.Value, CacheOutcome.Hit);
        }

        var budget = new RedisBudget(Options.RedisTimeout - Time.GetElapsedTime(started), Time);
        return await MissAsync(key, state, factory, options, names, guards, lookup, budget, cancellationToken);
    }

    /// <summary>Reads <paramref name="key"/> without a factory.</summary>
    /// <returns>Whether there is a value, and the value; nothing while Redis cannot be used.</returns>
    /// <exception cref="ArgumentException">The key is empty or too long.</exception>
    public async ValueTask<(bool Found, T Value)> TryGetAsync<T>(
        string key, RedisCacheEntryOptions? options = null, CancellationToken cancellationToken = default)
    {
        CacheNames.ValidateKey(key);
        cancellationToken.ThrowIfCancellationRequested();
        options ??= RedisCacheEntryOptions.Default;
        if (TryGetLocal<T>(key, options.LocalExpiration, options.Flags, out var local))
        {
            return (true, local);
        }

        var guards = TakeGuards(key, [], options);
        try
        {
            var lookup = await LookupThroughCircuitAsync<T>(key, [], options, guards, cancellationToken);
            CacheMetrics.Read(lookup.IsHit ? CacheOutcome.Hit : CacheOutcome.Miss);
            return (lookup.IsHit, lookup.IsHit ? lookup.Value : default!);
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            _circuit.Count(exception);
            LogBypass(key, exception.Message);
            CacheMetrics.Read(CacheOutcome.Bypass);
            return (false, default!);
        }
    }

    /// <inheritdoc/>
    public override ValueTask SetAsync<T>(
        string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        SetEntryAsync(key, value, RedisCacheEntryOptions.From(options), tags, cancellationToken);

    /// <summary>Stores a value over whatever is there, or on its way there.</summary>
    /// <exception cref="ArgumentException">A key or tag is empty or too long, or there are too many tags.</exception>
    public async ValueTask SetEntryAsync<T>(
        string key, T value, RedisCacheEntryOptions options, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        CacheNames.ValidateKey(key);
        cancellationToken.ThrowIfCancellationRequested();
        if (options.Has(HybridCacheEntryFlags.DisableDistributedCacheWrite))
        {
            return;
        }

        var names = TagsOf(tags);
        var filled = Serializers.Fill(value);
        var expiration = ExpirationOf(value, options);
        if (expiration <= TimeSpan.Zero || filled.Serialized.Length > Options.MaximumPayloadBytes)
        {
            // What cannot be stored must not leave an older value behind.
            await RemoveAsync(key, cancellationToken);
            return;
        }

        try
        {
            var generations = (await Store.ReadAsync(Store.Plan(key, names))).Generations;
            await generations.CompleteAsync(Store.EnsureGenerationAsync);
            var payload = Serializers.Payload(filled, CacheStore.NewToken(), generations, names, RetentionOf(options), options);
            await Store.SetAsync(key, payload, Jitter(expiration) + RetentionOf(options), names);
            CacheMetrics.BytesWritten(payload.Length);
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            // The older value must not come back with Redis.
            _pending.Add([key], []);
            throw;
        }
        finally
        {
            _local.RemoveKey(key);
        }
    }

    /// <inheritdoc/>
    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => RemoveAsync([key], cancellationToken);

    /// <inheritdoc/>
    public override ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var list = keys.ToArray();
        Array.ForEach(list, CacheNames.ValidateKey);
        return new(RemoveAsync(list, []));
    }

    /// <summary>Removes every entry stored under <paramref name="tag"/>, however many there are; <c>*</c> removes all.</summary>
    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) =>
        RemoveByTagAsync([tag], cancellationToken);

    /// <summary>Drops what this process has in its first level under <paramref name="tags"/>; nothing is sent to Redis.</summary>
    public void RemoveLocalByTag(IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        foreach (var tag in tags)
        {
            _local.RemoveTag(tag);
        }
    }

    /// <summary>Removes every entry stored under one of <paramref name="tags"/>, however many there are; <c>*</c> removes all.</summary>
    public override ValueTask RemoveByTagAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var names = tags.Distinct(StringComparer.Ordinal).ToArray();
        Array.ForEach(names, CacheNames.ValidateTag);
        return new(RemoveAsync([], names));
    }

    /// <summary>May be called again: a container that has the cache under two types disposes it twice.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _pending.DisposeAsync();
        await _channel.DisposeAsync();
        _local.Dispose();
    }

    private async Task RemoveAsync(string[] keys, string[] tags)
    {
        CacheMetrics.Removed("key", keys.Length);
        CacheMetrics.Removed("tag", tags.Length);
        try
        {
            await Task.WhenAll(Store.RemoveAsync(keys), Store.RemoveByTagAsync(tags));
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            _pending.Add(keys, tags);
            throw;
        }
        finally
        {
            Array.ForEach(keys, _local.RemoveKey);
            Array.ForEach(tags, _local.RemoveTag);
        }
    }

    /// <summary>Calls a factory without a lease; see <see cref="BypassGate{T}"/>.</summary>
    internal async Task<T> CallOneAtATimeAsync<T>(string key, Func<CancellationToken, ValueTask<T>> factory, CancellationToken cancellationToken)
    {
        var gate = (BypassGate<FilledValue<T>>)_bypasses.GetOrAdd(typeof(T), static _ => new BypassGate<FilledValue<T>>());
        var (isOwn, run) = gate.Enter(key, async abandoned => Serializers.Fill(await factory(abandoned)), cancellationToken);
        var filled = await run;
        return isOwn ? filled.Value : Serializers.Share(filled);
    }

    /// <summary>Reads an entry with the generations of its tags, unless that was <paramref name="begun"/> before, and says whether it may be served.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<CacheLookup<T>> LookupAsync<T>(
        string key, string[] tags, RedisCacheEntryOptions options, LocalGuards? guards = null, BegunHit? begun = null)
    {
        // With guards the tags that have one: what was learned meanwhile has none.
        var plan = begun?.Plan ?? (guards is null ? _plans.For(key, tags) : Store.Plan(key, guards.Tags));
        var started = Time.GetTimestamp();
        var asksRemaining = guards is not null || RetentionOf(options) > TimeSpan.Zero;
        var (bytes, generations, kept) = begun is null ? await Store.ReadAsync(plan, asksRemaining) : CacheStore.Read(plan, await begun.Value.Reply);
        if (bytes is not { } found)
        {
            return new(CacheLookupState.Miss, default!, default, generations);
        }

        var seen = SeenFill(found);
        if (options.Has(HybridCacheEntryFlags.DisableDistributedCacheRead) || !CachePayload.TryParse(found, out var payload))
        {
            return new(CacheLookupState.Miss, default!, seen, generations);
        }

        CacheMetrics.BytesRead(found.Length);
        List<string>? unknown = null;
        var isCurrent = payload.IsCurrent(generations, ref unknown);
        if (isCurrent && unknown is not null)
        {
            _plans.Expect(key, payload.ReadTags());
            var more = unknown.ToArray();
            generations = generations.With(more, await Store.ReadGenerationsAsync(more));
            isCurrent = payload.IsCurrent(generations, ref unknown);
        }

        if (!isCurrent || !TryDeserialize<T>(key, payload, out var value, out var serialized))
        {
            return new(CacheLookupState.Miss, default!, seen, generations);
        }

        TimeSpan? remaining = null;
        if (payload.Retention > TimeSpan.Zero || asksRemaining)
        {
            remaining = ((asksRemaining ? kept : await Store.ReadRemainingAsync(key)) ?? TimeSpan.Zero) - payload.Retention;
            if (remaining <= TimeSpan.Zero)
            {
                return new(CacheLookupState.Expired, value, seen, generations, remaining);
            }
        }

        // Tags that were not expected have no guards; they are expected the next time.
        if (guards is not null && unknown is null)
        {
            KeepLocally(key, new FilledValue<T>(value, serialized), guards, options, remaining!.Value - Time.GetElapsedTime(started));
        }

        return new(CacheLookupState.Hit, value, seen, generations, remaining);
    }

    /// <summary>Keeps a value in the first level; <paramref name="remaining"/> counts from before Redis was asked, so that it is not kept longer than there.</summary>
    internal void KeepLocally<T>(string key, FilledValue<T> filled, LocalGuards guards, RedisCacheEntryOptions options, TimeSpan remaining)
    {
        // Redis counts whole milliseconds, from when it last looked at its clock: its entry may be gone a little before its time.
        remaining -= RedisClockError;
        var expiration = options.LocalExpiration!.Value;
        _local.Set(key, filled, guards, expiration < remaining ? expiration : remaining);
    }

    /// <summary>How long an entry is kept after it has expired.</summary>
    internal TimeSpan RetentionOf(RedisCacheEntryOptions options)
    {
        var revalidate = options.StaleWhileRevalidate ?? Options.StaleWhileRevalidate;
        var failSafe = options.FailSafe ?? Options.FailSafe;
        return revalidate > failSafe ? revalidate : failSafe;
    }

    /// <summary>Listens for messages that say that a lease has ended.</summary>
    internal void Listen() => _channel.Listen();

    internal TimeSpan ExpirationOf<T>(T value, RedisCacheEntryOptions options) => value is null
        ? options.NegativeExpiration ?? Options.NegativeExpiration
        : options.Expiration ?? Options.DefaultExpiration;

#pragma warning disable CA5394 // No secret: it only spreads expirations.
    internal TimeSpan Jitter(TimeSpan expiration) => expiration * (1 - (Random.Shared.NextDouble() * Options.ExpirationJitter));
#pragma warning restore CA5394

    /// <summary>Notes which tags the value of an entry told, so that the next read asks for them at once.</summary>
    internal void ExpectTags(string key, string[] toldTags) => _plans.Expect(key, toldTags);

    private async ValueTask<CacheEntry<T>> MissAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CacheEntryContext, CancellationToken, ValueTask<T>> factory,
        RedisCacheEntryOptions options,
        string[] names,
        LocalGuards? guards,
        CacheLookup<T> lookup,
        RedisBudget budget,
        CancellationToken cancellationToken)
    {
        if (options.Has(HybridCacheEntryFlags.DisableUnderlyingData))
        {
            CacheMetrics.Read(CacheOutcome.Miss);
            return new(default!, CacheOutcome.Miss);
        }

        Task<T>? run;
        if (options.Has(HybridCacheEntryFlags.DisableDistributedCacheWrite))
        {
            run = CallAsync(state, factory, new CacheEntryContext(names), cancellationToken).AsTask();
        }
        else
        {
            var fill = new CacheFill<T>(
                this, key, names, options, guards, budget, (context, abandoned) => CallAsync(state, factory, context, abandoned));
            if (lookup.IsStaleWithin(options.StaleWhileRevalidate ?? Options.StaleWhileRevalidate))
            {
                fill.RefreshInBackground(lookup);
                CacheMetrics.Read(CacheOutcome.Stale);
                return new(lookup.Value, CacheOutcome.Stale);
            }

            CacheLookup<T> filled;
            try
            {
                (filled, run) = await fill.AcquireAsync(lookup, cancellationToken);
            }
            catch (Exception exception) when (CacheCircuit.IsOutage(exception))
            {
                return await BypassAsync(exception, key, state, factory, options, names, cancellationToken);
            }

            if (run is null)
            {
                CacheMetrics.Read(CacheOutcome.Hit);
                return new(filled.Value, CacheOutcome.Hit);
            }
        }

        try
        {
            var value = await run;
            CacheMetrics.Read(CacheOutcome.Miss);
            return new(value, CacheOutcome.Miss);
        }
#pragma warning disable CA1031 // Whatever the factory throws, fail-safe stands for it.
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested && lookup.IsStaleWithin(options.FailSafe ?? Options.FailSafe))
#pragma warning restore CA1031
        {
            LogFailSafe(exception, key);
            CacheMetrics.Read(CacheOutcome.Stale);
            return new(lookup.Value, CacheOutcome.Stale);
        }
    }

    private async ValueTask<CacheEntry<T>> BypassAsync<TState, T>(
        Exception outage,
        string key,
        TState state,
        Func<TState, CacheEntryContext, CancellationToken, ValueTask<T>> factory,
        RedisCacheEntryOptions options,
        string[] names,
        CancellationToken cancellationToken)
    {
        _circuit.Count(outage);
        LogBypass(key, outage.Message);
        CacheMetrics.Read(CacheOutcome.Bypass);
        if (options.Has(HybridCacheEntryFlags.DisableUnderlyingData))
        {
            return new(default!, CacheOutcome.Bypass);
        }

        return new(
            await CallOneAtATimeAsync<T>(
                key, abandoned => CallAsync(state, factory, new CacheEntryContext(names), abandoned), cancellationToken),
            CacheOutcome.Bypass);
    }

    // Without Redis there is the first level at most. Tags that only the value tells have no guards from before the factory ran.
    private async ValueTask<CacheEntry<T>> FillLocallyAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CacheEntryContext, CancellationToken, ValueTask<T>> factory,
        RedisCacheEntryOptions options,
        string[] names,
        CancellationToken cancellationToken)
    {
        CacheMetrics.Read(CacheOutcome.Miss);
        if (options.Has(HybridCacheEntryFlags.DisableUnderlyingData))
        {
            return new(default!, CacheOutcome.Miss);
        }

        var guards = TakeGuards(key, names, options);
        var context = new CacheEntryContext(names);
        var value = await CallAsync(state, factory, context, cancellationToken);
        var expiration = context.Expiration ?? ExpirationOf(value, options);
        if (guards is not null && !context.TellsTags && expiration > TimeSpan.Zero)
        {
            KeepLocally(key, Serializers.Fill(value), guards, options, expiration);
        }

        return new(value, CacheOutcome.Miss);
    }

    // Async, so that what the factory throws is in its task, never mistaken for a failure of the cache.
    private async ValueTask<T> CallAsync<TState, T>(
        TState state,
        Func<TState, CacheEntryContext, CancellationToken, ValueTask<T>> factory,
        CacheEntryContext context,
        CancellationToken cancellationToken)
    {
        var started = Time.GetTimestamp();
        try
        {
            return await factory(state, context, cancellationToken);
        }
        finally
        {
            CacheMetrics.FactoryRan(Time.GetElapsedTime(started));
        }
    }

    private ValueTask<CacheLookup<T>> LookupThroughCircuitAsync<T>(
        string key, string[] tags, RedisCacheEntryOptions options, LocalGuards? guards, CancellationToken cancellationToken)
    {
        // What this process could not remove yet must not be served by it.
        if (!_pending.IsEmpty)
        {
            return ValueTask.FromException<CacheLookup<T>>(new BrokenCircuitException("Removals that Redis could not take are still to be made."));
        }

        if (!_circuit.IsClosed)
        {
            var budget = new RedisBudget(Options.RedisTimeout, Time);
            return new(_circuit.TryAsync(() => budget.SpendAsync(LookupAsync<T>(key, tags, options, guards).AsTask())).AsTask().WaitAsync(cancellationToken));
        }

        // The client ends a command itself after its timeout; a timer of our own is only needed where less is allowed.
        return _clientKeepsTimeout && !cancellationToken.CanBeCanceled
            ? LookupAsync<T>(key, tags, options, guards)
            : new(new RedisBudget(Options.RedisTimeout, Time).SpendAsync(LookupAsync<T>(key, tags, options, guards).AsTask(), cancellationToken));
    }

    private bool TryGetLocal<T>(string key, TimeSpan? localExpiration, HybridCacheEntryFlags flags, out T value)
    {
        if (localExpiration > TimeSpan.Zero && (flags & HybridCacheEntryFlags.DisableLocalCacheRead) == 0 && _local.TryGet<T>(key, out var entry))
        {
            value = Serializers.Share(entry.Filled);
            CacheMetrics.LocalHit();
            return true;
        }

        value = default!;
        return false;
    }

    private LocalGuards? TakeGuards(string key, string[] tags, RedisCacheEntryOptions options)
    {
        if (!(options.LocalExpiration > TimeSpan.Zero) || options.Has(HybridCacheEntryFlags.DisableLocalCacheWrite))
        {
            return null;
        }

        _channel.Listen();
        return _local.TakeGuards(key, _plans.For(key, tags).Tags);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<T> ValueOfAsync<T>(ValueTask<CacheEntry<T>> entry) => (await entry).Value;

    // As acquire.lua reads it, also from bytes that are none of ours.
    private static ReadOnlyMemory<byte> SeenFill(ReadOnlyMemory<byte> found) => found[Math.Min(2, found.Length)..Math.Min(10, found.Length)];

    private bool TryDeserialize<T>(string key, CachePayload payload, out T value, out ReadOnlyMemory<byte> serialized)
    {
        value = default!;
        serialized = default;
        if (payload.IsNull)
        {
            return default(T) is null;
        }

        try
        {
            serialized = payload.IsCompressed ? BrotliValue.Decompress(payload.Value.Span, Options.MaximumPayloadBytes) : payload.Value;
            value = Serializers.For<T>().Deserialize(new ReadOnlySequence<byte>(serialized));
            return true;
        }
#pragma warning disable CA1031 // Whatever a serializer throws: the type has changed since, the entry counts as missing.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogUnreadable(key, exception.Message);
            return false;
        }
    }

    private static string[] TagsOf(IEnumerable<string>? tags)
    {
        if (tags is null)
        {
            return [];
        }

        var names = tags as string[] ?? [.. tags.Distinct(StringComparer.Ordinal)];
        CacheNames.ValidateTagCount(names.Length);
        foreach (var name in names)
        {
            CacheNames.ValidateEntryTag(name);
        }

        return names;
    }

    [LoggerMessage(1, LogLevel.Warning, "The cache is bypassed for '{Key}': {Reason}")]
    private partial void LogBypass(string key, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The value of '{Key}' was made but not stored: {Reason}")]
    internal partial void LogNotStored(string key, string reason);

    [LoggerMessage(3, LogLevel.Warning, "The cached value of '{Key}' cannot be read any more and counts as missing: {Reason}")]
    private partial void LogUnreadable(string key, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The factory of '{Key}' failed; the expired value is served.")]
    private partial void LogFailSafe(Exception exception, string key);

    [LoggerMessage(8, LogLevel.Warning, "The expired value of '{Key}' could not be made anew in the background.")]
    internal partial void LogNotRefreshed(Exception exception, string key);
}
