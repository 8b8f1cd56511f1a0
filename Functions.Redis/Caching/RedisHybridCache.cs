using System.Runtime.CompilerServices;
using Functions.Redis.Connections;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;

namespace Functions.Redis.Caching;

/// <summary>A <see cref="HybridCache"/> on Redis that never serves a value that was invalidated before it was asked for.</summary>
/// <remarks>
/// The life of a read:
/// <list type="number">
/// <item>The entry and the generations of its tags are read together. An entry whose tags all have the generations that it was stored
/// under is a hit.</item>
/// <item>Otherwise the reader asks for the entry's lease; where it expects a miss it has done so together with the read. One reader over
/// all instances gets it; the others wait for it, those in the same process on the same run of the factory.</item>
/// <item>The holder calls the factory; the lease is renewed meanwhile.</item>
/// <item>The value is sent to Redis, where it is stored under the generations that were read <em>before</em> the factory ran, if the lease
/// still stands. Removing an entry deletes the lease, removing a tag changes the generation: either way what an older factory read is not
/// served. The callers have the value when the command is on its way.</item>
/// </list>
/// When Redis cannot be used, the factory is called, one call at a time per key and process, and reads do not throw.
/// </remarks>
public sealed partial class RedisHybridCache : HybridCache, IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan RedisClockError = TimeSpan.FromMilliseconds(5);

    private readonly CacheReadPlans _plans;
    private readonly CacheCircuit _circuit;
    private readonly CacheChannel _channel;
    private readonly LocalCache _local;
    private readonly PendingRemovals _pending;
    private readonly OutageLog _bypassLog;
    private readonly OutageLog _failSafeLog;
    private readonly OutageLog _notStoredLog;
    private readonly OutageLog _notReleasedLog;
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
        Tags = new KnownTags(options, time);
        Leases = new CacheLeases(Store, options, time, logger);
        LeaseWaits = new LeaseWaits(Store, options, time);
        _local = new LocalCache(options, time);
        _channel = new CacheChannel(connection, options, _local, LeaseWaits, time, logger);
        _circuit = new CacheCircuit(options, time);
        _pending = new PendingRemovals(Store, options, time, logger);
        _bypassLog = new OutageLog(time);
        _failSafeLog = new OutageLog(time);
        _notStoredLog = new OutageLog(time);
        _notReleasedLog = new OutageLog(time);
        _unusableLogs = [.. Enum.GetValues<CacheNameFault>().Select(_ => new OutageLog(time))];
        _logger = logger;
    }

    internal CacheOptions Options { get; }

    internal CacheStore Store { get; }

    internal CacheSerializers Serializers { get; }

    internal TimeProvider Time { get; }

    internal LeaseWaits LeaseWaits { get; }

    /// <summary>The leases of this process, and with them the factories that run in it.</summary>
    internal CacheLeases Leases { get; }

    internal StoresUnderWay Stores { get; } = new();

    internal KnownTags Tags { get; }

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
        return TryBeginHit<T>(key, converted, tags, cancellationToken) is { } begun
            ? new(FinishHitAsync(key, state, factory, converted, begun))
            : ValueOfAsync(ReadAsync(key, (state, factory), WithoutContextAsync, converted, tags, mayTellTags: false, cancellationToken));
    }

    /// <summary>
    /// Returns the cached value of <paramref name="key"/>, or calls <paramref name="factory"/> and caches what it returns. Beyond the
    /// abstraction it says where the value came from, and the factory may choose time to live and tags by the value.
    /// </summary>
    /// <param name="key">
    /// 1 to <see cref="CacheOptions.MaximumKeyLength"/> characters. Nothing is cached under another (null, white space, longer, half a surrogate
    /// pair): the factory is called, and the log is told.
    /// </param>
    /// <param name="state">Passed to the factory, so that it need not capture it.</param>
    /// <param name="factory">Makes the value. Its token is cancelled when nobody waits for the value any more.</param>
    /// <param name="options">How the entry is cached; null for the defaults.</param>
    /// <param name="tags">
    /// Names under which the entry can be removed: at most 255, each of 1 to 1,024 bytes in UTF-8. With more or longer ones it is not cached either.
    /// </param>
    /// <param name="cancellationToken">Ends the wait of this caller; the factory goes on while others wait for it.</param>
    /// <exception cref="ArgumentException">A tag is null, empty, white space or <c>*</c>.</exception>
    public ValueTask<CacheEntry<T>> GetOrCreateEntryAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CacheEntryContext, CancellationToken, ValueTask<T>> factory,
        RedisCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default) =>
        ReadAsync(key, state, factory, options ?? RedisCacheEntryOptions.Default, tags, mayTellTags: true, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CacheEntry<T>> ReadAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CacheEntryContext, CancellationToken, ValueTask<T>> factory,
        RedisCacheEntryOptions options,
        IEnumerable<string>? tags,
        bool mayTellTags,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        cancellationToken.ThrowIfCancellationRequested();
        if (!TryName(key, tags, out var names))
        {
            return await CallWithoutCacheAsync(Call(key, state, factory, options, [], mayTellTags), cancellationToken);
        }

        if (TryGetLocal<T>(key, options.LocalExpiration, options.Flags, out var local))
        {
            return new(local, CacheOutcome.Hit);
        }

        if (options.Has(HybridCacheEntryFlags.DisableDistributedCache))
        {
            return await FillLocallyAsync(Call(key, state, factory, options, names, mayTellTags), cancellationToken);
        }

        // What only a miss needs is in methods of its own: a hit allocates nothing for it.
        var started = Time.GetTimestamp();
        var guards = TakeGuards(key, names, options);
        var claim = TryClaim<T>(key, _plans.For(key, names), names, options, mayTellTags);
        CacheLookup<T> lookup;
        try
        {
            lookup = await LookupThroughCircuitAsync<T>(key, names, options, guards, cancellationToken);
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            Withdraw(claim);
            return await BypassAsync(exception, Call(key, state, factory, options, names, mayTellTags), guards, cancellationToken);
        }
        catch
        {
            Withdraw(claim);
            throw;
        }

        if (lookup.IsHit)
        {
            Withdraw(claim);
            CacheMetrics.Read(CacheOutcome.Hit);
            return new(lookup.Value, CacheOutcome.Hit);
        }

        var budget = new RedisBudget(Options.RedisTimeout - Time.GetElapsedTime(started), Time);
        return await MissAsync(Call(key, state, factory, options, names, mayTellTags), lookup, claim, guards, budget, cancellationToken);
    }

    /// <summary>Reads <paramref name="key"/> without a factory.</summary>
    /// <returns>Whether there is a value, and the value; nothing while Redis cannot be used, or under a key that cannot be.</returns>
    public async ValueTask<(bool Found, T Value)> TryGetAsync<T>(
        string key, RedisCacheEntryOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!TryName(key, null, out _))
        {
            CacheMetrics.Read(CacheOutcome.Bypass);
            return (false, default!);
        }

        options ??= RedisCacheEntryOptions.Default;
        if (TryGetLocal<T>(key, options.LocalExpiration, options.Flags, out var local))
        {
            return (true, local);
        }

        var guards = TakeGuards(key, [], options);
        try
        {
            var lookup = await LookupThroughCircuitAsync<T>(key, [], options, guards, cancellationToken);
            if (lookup.IsHit)
            {
                _plans.ExpectHit(key);
            }

            CacheMetrics.Read(lookup.IsHit ? CacheOutcome.Hit : CacheOutcome.Miss);
            return (lookup.IsHit, lookup.IsHit ? lookup.Value : default!);
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            _circuit.Count(exception);
            TellBypass(key, exception);
            CacheMetrics.Read(CacheOutcome.Bypass);
            return (false, default!);
        }
    }

    /// <inheritdoc/>
    public override ValueTask SetAsync<T>(
        string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        SetEntryAsync(key, value, RedisCacheEntryOptions.From(options), tags, cancellationToken);

    /// <summary>Stores a value over whatever is there, or on its way there. Under names that cannot be used it stores nothing, and tells the log.</summary>
    /// <exception cref="ArgumentException">A tag is null, empty, white space or <c>*</c>.</exception>
    public async ValueTask SetEntryAsync<T>(
        string key, T value, RedisCacheEntryOptions options, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        cancellationToken.ThrowIfCancellationRequested();
        if (!TryName(key, tags, out var names))
        {
            if (names.Length > 0)
            {
                await RemoveAsync(key, cancellationToken); // It is the tags that cannot be used: an older value must not stay.
            }

            return;
        }

        if (options.Has(HybridCacheEntryFlags.DisableDistributedCacheWrite))
        {
            SetLocally(key, value, options, names);
            return;
        }

        var filled = Serializers.Fill(value);
        var expiration = ExpirationOf(value, options);
        if (expiration <= TimeSpan.Zero || filled.Serialized.Length > Options.MaximumPayloadBytes)
        {
            // What cannot be stored must not leave an older value behind.
            await RemoveAsync(key, cancellationToken);
            return;
        }

        var token = CacheStore.NewToken();
        var guards = TakeGuardsToSet(key, names, token, options);
        var started = Time.GetTimestamp();
        try
        {
            var plan = _plans.For(key, names);
            plan.ExpectsMiss = false;
            var generations = (await Store.ReadAsync(plan)).Generations;
            await generations.CompleteAsync(Store.EnsureGenerationAsync);
            var payload = Serializers.Payload(filled, token, generations, names, RetentionOf(value, options), options);
            var jittered = Jitter(expiration);
            var lifetime = jittered + RetentionOf(value, options);
            KeepTags(names, generations, lifetime);
            await Store.SetAsync(key, payload, lifetime, token);
            CacheMetrics.BytesWritten(payload.Length);
            if (guards is not null)
            {
                KeepLocally(key, filled, names, guards, options, jittered - Time.GetElapsedTime(started));
            }
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            // The older value must not come back with Redis.
            _pending.Add([key], []);
            throw;
        }
        finally
        {
            _local.Replace(key, token);
        }
    }

    /// <summary>May be called again: a container that has the cache under two types disposes it twice.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _pending.DisposeAsync();
        await Leases.DisposeAsync();
        await Stores.DrainAsync();
        await _channel.DisposeAsync();
        _local.Dispose();
    }

    /// <summary>
    /// As <see cref="DisposeAsync"/>, but waits for nothing: what is under way may need the thread that would wait. Values that are on their
    /// way to Redis arrive, as the connection closes behind them.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        _pending.Dispose();
        Leases.Dispose();
        _channel.Dispose(); // The first level is off from now on; disposed of, it would throw at a loop that has not ended yet.
    }

    /// <summary>How long an entry is kept after it has expired.</summary>
    internal TimeSpan RetentionOf(RedisCacheEntryOptions options)
    {
        var revalidate = options.StaleWhileRevalidate ?? Options.StaleWhileRevalidate;
        var failSafe = options.FailSafe ?? Options.FailSafe;
        return revalidate > failSafe ? revalidate : failSafe;
    }

    /// <summary>The same for a value; null is not kept, of which callers can ask for any number.</summary>
    internal TimeSpan RetentionOf<T>(T value, RedisCacheEntryOptions options) => value is null ? TimeSpan.Zero : RetentionOf(options);

    /// <summary>Listens for messages that say that a lease has ended.</summary>
    internal void Listen() => _channel.Listen();

    internal TimeSpan ExpirationOf<T>(T value, RedisCacheEntryOptions options) => value is null
        ? options.NegativeExpiration ?? Options.NegativeExpiration
        : options.Expiration ?? Options.DefaultExpiration;

#pragma warning disable CA5394 // No secret: it only spreads expirations.
    internal TimeSpan Jitter(TimeSpan expiration) => expiration * (1 - (Random.Shared.NextDouble() * Options.ExpirationJitter));
#pragma warning restore CA5394

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<T> ValueOfAsync<T>(ValueTask<CacheEntry<T>> entry) => (await entry).Value;

    private void TellBypass(string key, Exception reason)
    {
        if (_bypassLog.Tells(out var untold))
        {
            LogBypass(key, untold, reason.Message);
        }
    }

    private void TellFailSafe(string key, Exception failure)
    {
        if (_failSafeLog.Tells(out var untold))
        {
            LogFailSafe(failure, key, untold);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The cache is bypassed for '{Key}' (and was {Untold} times before): {Reason}")]
    private partial void LogBypass(string key, long untold, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The value of '{Key}' was made but not stored (as were {Untold} before): {Reason}")]
    private partial void LogNotStored(string key, long untold, string reason);

    [LoggerMessage(3, LogLevel.Warning, "The cached value of '{Key}' cannot be read any more and counts as missing: {Reason}")]
    private partial void LogUnreadable(string key, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The factory of '{Key}' failed; the expired value is served (as were {Untold} before).")]
    private partial void LogFailSafe(Exception exception, string key, long untold);

    [LoggerMessage(8, LogLevel.Warning, "The expired value of '{Key}' could not be made anew in the background.")]
    internal partial void LogNotRefreshed(Exception exception, string key);

    [LoggerMessage(10, LogLevel.Warning, "The lease of '{Key}' could not be given back, it expires (as did {Untold} before): {Reason}")]
    private partial void LogNotReleased(string key, long untold, string reason);
}
