using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Caching;

/// <summary>What one caller does after a miss: gets the lease and fills the entry, or waits for the one who does.</summary>
internal sealed class CacheFill<T>(
    RedisHybridCache cache,
    string key,
    string[] tags,
    RedisCacheEntryOptions options,
    LocalGuards? guards,
    RedisBudget budget,
    Func<CacheEntryContext, CancellationToken, ValueTask<T>> factory)
{
    private readonly CacheStore _store = cache.Store;
    private readonly CacheOptions _defaults = cache.Options;

    /// <summary>
    /// Ends with a hit (somebody filled the entry meanwhile) or with a run of the factory to wait for: this caller's own, that of another
    /// caller in this process, or after <see cref="CacheOptions.MaximumWait"/> one without a lease.
    /// </summary>
    /// <remarks>Throws only if Redis fails; what the factory throws is in the run.</remarks>
    public async Task<(CacheLookup<T> Hit, Task<T>? Run)> AcquireAsync(CacheLookup<T> miss, CancellationToken cancellationToken)
    {
        var started = cache.Time.GetTimestamp();
        var lookup = miss;
        while (true)
        {
            await CompleteAsync(lookup.Generations);
            var (holder, run) = await TryAcquireAsync(lookup, cancellationToken);
            if (run is not null)
            {
                return (default, run);
            }

            if (holder is not null)
            {
                if (cache.Time.GetElapsedTime(started) >= _defaults.MaximumWait)
                {
                    return (default, cache.CallOneAtATimeAsync(
                        key, abandoned => factory(new CacheEntryContext(tags), abandoned), cancellationToken));
                }

                cache.Listen();
                await cache.LeaseWaits.WaitAsync(key, holder.Value, cancellationToken);
            }

            lookup = await budget.SpendAsync(cache.LookupAsync<T>(key, tags, options, guards).AsTask(), cancellationToken);
            if (lookup.IsHit)
            {
                return (lookup, null);
            }
        }
    }

    /// <summary>Makes an expired entry anew, unless somebody does already. Nobody waits for it.</summary>
    public void RefreshInBackground(CacheLookup<T> expired) => _ = RefreshAsync(expired);

    private async Task RefreshAsync(CacheLookup<T> expired)
    {
        try
        {
            await CompleteAsync(expired.Generations);
            if ((await TryAcquireAsync(expired, CancellationToken.None)).Run is { } run)
            {
                await run;
            }
        }
#pragma warning disable CA1031 // Nobody waits: the log is where a failure can go.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            cache.LogNotRefreshed(exception, key);
        }
    }

    private async Task CompleteAsync(TagGenerations generations)
    {
        if (!generations.IsComplete)
        {
            await budget.SpendAsync(generations.CompleteAsync(_store.EnsureGenerationAsync));
        }
    }

    // Without a run, the lease is held by another process or, if nobody holds it, the entry was filled since it was read.
    private async Task<(ulong? Holder, Task<T>? Run)> TryAcquireAsync(CacheLookup<T> lookup, CancellationToken cancellationToken)
    {
        var token = CacheStore.NewToken();
        var epoch = _store.ReadEpochAsync(); // Sent ahead of the lease, so both arrive in one round trip.
        var flight = new CacheFlight<FilledValue<T>>(
            async abandoned => await ProduceAsync(token, lookup.Generations, await EpochOrNullAsync(epoch), abandoned));

        // Known before the lease is granted, so that a caller who learns from Redis who holds it always finds the flight.
        cache.Flights[token] = flight;
        var holder = (ulong?)null;
        try
        {
            // Not cancelled with the caller: a lease that is granted must be given back.
            holder = await budget.SpendAsync(
                _store.AcquireAsync(key, token, lookup.Generations.Fingerprint(tags), lookup.SeenFill), CancellationToken.None);
        }
        finally
        {
            if (holder != token)
            {
                cache.Flights.TryRemove(token, out _);
            }
        }

        if (holder == token)
        {
            var own = flight.JoinAsOwner(cancellationToken);
            _ = flight.RunAsync();
            return (holder, OwnAsync(own));
        }

        var seenEpoch = await EpochOrNullAsync(epoch);
        return holder is not null
            && cache.Flights.TryGetValue(holder.Value, out var other)
            && other is CacheFlight<FilledValue<T>> joined
            && joined.TryJoin(cancellationToken, out var shared)
                ? (holder, SharedAsync(shared, seenEpoch, cancellationToken))
                : (holder, null);
    }

    // Null if Redis cannot say: on a cluster it may be another server than the one that has the lease.
    private async Task<RedisValue?> EpochOrNullAsync(Task<RedisValue> epoch)
    {
        try
        {
            return await budget.SpendAsync(epoch);
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            return null;
        }
    }

    private static async Task<T> OwnAsync(Task<FilledValue<T>> run) => (await run).Value;

    private async Task<T> SharedAsync(Task<FilledValue<T>> run, RedisValue? epoch, CancellationToken cancellationToken)
    {
        var filled = await run;
        if (filled.IsFor(epoch))
        {
            return cache.Serializers.Share(filled);
        }

        var again = await cache.GetOrCreateEntryAsync(
            key, factory, static (make, context, cancellation) => make(context, cancellation), options, tags, cancellationToken);
        return again.Value;
    }

    private async Task<FilledValue<T>> ProduceAsync(ulong token, TagGenerations generations, RedisValue? epoch, CancellationToken abandoned)
    {
        using var activity = RedisTelemetry.Activities.StartActivity("cache.fill");
        var stored = false;
        using var timer = new PeriodicTimer(_defaults.LeaseDuration / 3, cache.Time);
        _ = RenewAsync(token, timer);
        try
        {
            abandoned.ThrowIfCancellationRequested();
            var context = new CacheEntryContext(tags);
            var filled = cache.Serializers.Fill(await factory(context, abandoned)) with { Epoch = epoch, TellsTags = context.TellsTags };
            stored = await StoreAsync(token, filled, context, generations);
            return filled;
        }
        finally
        {
            // Ends the renewal. One that is on its way is not waited for: it finds that the lease is gone.
            timer.Dispose();
            cache.Flights.TryRemove(token, out _);
            if (!stored)
            {
                await ReleaseAsync(token);
            }
        }
    }

    // The value has been made: that Redis cannot take it must not fail the caller.
    private async Task<bool> StoreAsync(ulong token, FilledValue<T> filled, CacheEntryContext context, TagGenerations generations)
    {
        var expiration = context.Expiration ?? cache.ExpirationOf(filled.Value, options);
        if (expiration <= TimeSpan.Zero || filled.Serialized.Length > _defaults.MaximumPayloadBytes)
        {
            return false;
        }

        try
        {
            var entryTags = context.Tags;
            if (context.TellsTags)
            {
                cache.ExpectTags(key, entryTags);
                generations = await CoverAsync(generations, entryTags, filled.Epoch);
            }

            if (!generations.IsComplete)
            {
                return false;
            }

            var started = cache.Time.GetTimestamp();
            var retention = cache.RetentionOf(options);
            var lifetime = cache.Jitter(expiration);
            var payload = cache.Serializers.Payload(filled, token, generations, entryTags, retention, options);
            if (!await budget.SpendAsync(_store.FillAsync(key, token, payload, lifetime + retention, entryTags)))
            {
                return false;
            }

            CacheMetrics.BytesWritten(payload.Length);
            if (guards is not null && !context.TellsTags)
            {
                cache.KeepLocally(key, filled, guards, options, lifetime - cache.Time.GetElapsedTime(started));
            }

            return true;
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            cache.LogNotStored(key, exception.Message);
        }

        return false;
    }

    // Tags that only the value told: their generations are read after the factory ran. That they are those from before is certain only if
    // no tag at all was removed in between; otherwise they are left incomplete and the value is not stored.
    private async Task<TagGenerations> CoverAsync(TagGenerations generations, string[] entryTags, RedisValue? epoch)
    {
        var late = entryTags.Where(tag => !generations.Covers(tag)).ToArray();
        if (late.Length == 0)
        {
            return generations;
        }

        var covered = generations.With(late, new RedisValue[late.Length]);
        await CompleteAsync(covered);
        return epoch is not null && await budget.SpendAsync(_store.ReadEpochAsync()) == epoch.Value ? covered : generations.With(late, new RedisValue[late.Length]);
    }

    private async Task RenewAsync(ulong token, PeriodicTimer timer)
    {
        try
        {
            while (await timer.WaitForNextTickAsync() && await _store.RenewAsync(key, token))
            {
            }
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            // The lease is lost, and with it the right to store; the value still goes to those who wait.
            cache.LogNotStored(key, exception.Message);
        }
    }

    private async Task ReleaseAsync(ulong token)
    {
        try
        {
            await budget.SpendAsync(_store.ReleaseAsync(key, token));
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            // It expires by itself.
            cache.LogNotStored(key, exception.Message);
        }
    }
}
