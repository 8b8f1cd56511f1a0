using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Caching;

/// <summary>What one caller does after a miss: gets the lease and fills the entry, or waits for the one who does.</summary>
internal sealed class CacheFill<T>(RedisHybridCache cache, CacheCall<T> call, LocalGuards? guards, RedisBudget budget)
{
    private readonly CacheStore _store = cache.Store;
    private readonly CacheOptions _defaults = cache.Options;

    /// <summary>How a miss goes on.</summary>
    /// <param name="Lookup">What was read last; a hit if somebody filled the entry meanwhile.</param>
    /// <param name="Own">The lease, if this caller got it and is to call the factory.</param>
    /// <param name="Shared">
    /// Otherwise the run of another caller in this process, or after <see cref="CacheOptions.MaximumWait"/> one without a lease; null where
    /// it turns out that the caller has to read again.
    /// </param>
    internal readonly record struct Acquired(CacheLookup<T> Lookup, CacheLease<T>? Own = null, Task<CacheEntry<T>?>? Shared = null);

    /// <summary>Waits until this caller has the lease or need not have it.</summary>
    /// <param name="miss">What the caller has read.</param>
    /// <param name="claim">A lease that the caller has asked for before.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <remarks>Throws only if Redis fails; what another caller's factory throws is in the run.</remarks>
    public async ValueTask<Acquired> AcquireAsync(CacheLookup<T> miss, CacheLease<T>? claim, CancellationToken cancellationToken)
    {
        if (claim is not null)
        {
            if (miss.SeenFill.IsEmpty && miss.Generations.IsComplete && miss.Generations.Fingerprint(call.Tags) == claim.Fingerprint
                && await IsGrantedAsync(claim))
            {
                return new(miss, claim);
            }

            cache.Withdraw(claim);
        }

        var started = cache.Time.GetTimestamp();
        var lookup = miss;
        while (true)
        {
            await CompleteAsync(lookup.Generations);
            var (holder, own, shared) = await TryAcquireAsync(lookup, cancellationToken);
            if (own is not null || shared is not null)
            {
                return new(lookup, own, shared);
            }

            if (holder is not null)
            {
                var remaining = _defaults.MaximumWait - cache.Time.GetElapsedTime(started);
                if (remaining <= TimeSpan.Zero)
                {
                    return new(lookup, Shared: WithoutLeaseAsync(cancellationToken));
                }

                cache.Listen();
                await cache.LeaseWaits.WaitAsync(call.Key, holder.Value, remaining, cancellationToken);
            }

            lookup = await budget.SpendAsync(cache.LookupAsync<T>(call.Key, call.Tags, call.Options, guards).AsTask(), cancellationToken);
            if (lookup.IsHit)
            {
                return new(lookup);
            }
        }
    }

    /// <summary>Calls the factory under a lease, and sends what it made to Redis.</summary>
    /// <param name="acquired">The lease, and what was read before it was granted.</param>
    /// <param name="cancellationToken">Ends the wait of this caller; the factory goes on while others wait for it.</param>
    public async ValueTask<T> RunAsync(Acquired acquired, CancellationToken cancellationToken)
    {
        var lease = acquired.Own!;
        var filled = await lease.Flight.RunAsync(
            (Fill: this, lease, acquired.Lookup.Generations),
            static (run, abandoned) => run.Fill.ProduceAsync(run.lease, run.Generations, abandoned),
            cancellationToken);
        return cache.Serializers.Share(filled);
    }

    /// <summary>Makes an expired entry anew, unless somebody does already. Nobody waits for it.</summary>
    public void RefreshInBackground(CacheLookup<T> expired, CacheLease<T>? claim) => _ = RefreshAsync(expired, claim);

    private async Task RefreshAsync(CacheLookup<T> expired, CacheLease<T>? claim)
    {
        try
        {
            cache.Withdraw(claim);
            await CompleteAsync(expired.Generations);
            var (_, own, shared) = await TryAcquireAsync(expired, CancellationToken.None);
            if (own is not null)
            {
                await RunAsync(new(expired, own), CancellationToken.None);
            }
            else if (shared is not null && await shared is null)
            {
                await call.ReadAgainAsync(CancellationToken.None);
            }
        }
#pragma warning disable CA1031 // Nobody waits: the log is where a failure can go.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            cache.LogNotRefreshed(exception, call.Key);
        }
    }

    private ValueTask CompleteAsync(TagGenerations generations) =>
        generations.IsComplete ? default : new(budget.SpendAsync(generations.CompleteAsync(_store.EnsureGenerationAsync)));

    private async ValueTask<bool> IsGrantedAsync(CacheLease<T> claim)
    {
        try
        {
            return await budget.SpendAsync(claim.Claim!);
        }
        catch
        {
            cache.Withdraw(claim);
            throw;
        }
    }

    // Without a run, the lease is held by another process or, if nobody holds it, the entry was filled since it was read.
    private async ValueTask<(ulong? Holder, CacheLease<T>? Own, Task<CacheEntry<T>?>? Shared)> TryAcquireAsync(CacheLookup<T> lookup, CancellationToken cancellationToken)
    {
        var lease = cache.NewLease<T>(call.Key, lookup.Generations.Fingerprint(call.Tags), call.MayTellTags);
        var holder = (ulong?)null;
        try
        {
            // Not cancelled with the caller: a lease that is granted must be given back.
            holder = await budget.SpendAsync(_store.AcquireAsync(lease, lookup.SeenFill), CancellationToken.None);
        }
        finally
        {
            if (holder != lease.Token)
            {
                cache.Leases.Remove(lease);
                lease.Flight.Withdraw();
            }
        }

        if (holder == lease.Token)
        {
            return (holder, lease, null);
        }

        return holder is not null
            && cache.Leases.TryFind<T>(holder.Value, out var other)
            && other.Flight.TryJoin(_defaults.LeaseDuration, cancellationToken, out var run) // What has not begun by then has lost its lease.
                ? (holder, null, SharedAsync(run, lease.Epoch))
                : (holder, null, null);
    }

    // The run of another caller, who may turn out not to call the factory, or to have begun too early for what its value tells.
    private async Task<CacheEntry<T>?> SharedAsync(Task<FilledValue<T>?> run, Task<RedisValue>? epoch) =>
        await run is { } filled && (!filled.TellsTags || filled.IsFor(await EpochOrNullAsync(epoch)))
            ? new CacheEntry<T>(cache.Serializers.Share(filled), CacheOutcome.Miss)
            : null;

    private async Task<CacheEntry<T>?> WithoutLeaseAsync(CancellationToken cancellationToken) =>
        new CacheEntry<T>(await cache.CallOneAtATimeAsync(call, guards, cancellationToken), CacheOutcome.Miss);

    // Null if Redis cannot say: on a cluster it may be another server than the one that has the lease.
    private async ValueTask<RedisValue?> EpochOrNullAsync(Task<RedisValue>? epoch)
    {
        try
        {
            return epoch is null ? default(RedisValue?) : await budget.SpendAsync(epoch);
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            return null;
        }
    }

    private async ValueTask<FilledValue<T>> ProduceAsync(CacheLease<T> lease, TagGenerations generations, CancellationToken abandoned)
    {
        using var activity = RedisTelemetry.Activities.StartActivity("cache.fill");
        lease.IsHeld = true;
        var isStored = false;
        try
        {
            abandoned.ThrowIfCancellationRequested();

            // What is to be known from before the factory runs is known then.
            var epoch = await EpochOrNullAsync(lease.Epoch);
            var context = new CacheEntryContext(call.Tags);
            var value = await call.MakeAsync(context, abandoned);

            // Serialized before anybody has the value, who might change it.
            var filled = cache.Serializers.Fill(value) with { Epoch = epoch, TellsTags = context.TellsTags };
            var entryTags = context.Tags;
            var expiration = context.Expiration ?? cache.ExpirationOf(value, call.Options);
            if (expiration > TimeSpan.Zero && filled.Serialized.Length <= _defaults.MaximumPayloadBytes)
            {
                if (await CoverAsync(generations, context, epoch) is { } covered)
                {
                    isStored = true;
                    _ = StoreAsync(lease, filled, entryTags, covered, expiration);
                }
            }

            return filled;
        }
        finally
        {
            cache.Leases.Remove(lease);
            if (!isStored)
            {
                _ = cache.ReleaseAsync(lease);
            }
        }
    }

    // Nobody waits for the answer: the command is on its way when this returns, ahead of whatever the callers do next.
    private async Task StoreAsync(CacheLease<T> lease, FilledValue<T> filled, string[] entryTags, TagGenerations generations, TimeSpan expiration)
    {
        cache.Stores.Begin();
        try
        {
            var retention = cache.RetentionOf(filled.Value, call.Options);
            var lifetime = cache.Jitter(expiration);
            var payload = cache.Serializers.Payload(filled, lease.Token, generations, entryTags, retention, call.Options);
            cache.KeepTags(entryTags, generations, lifetime + retention);
            var stored = _store.FillAsync(lease, payload, lifetime + retention);
            if (guards is not null)
            {
                // Its guards, not Redis, say whether it has been removed meanwhile.
                cache.KeepLocally(call.Key, filled, entryTags, guards, call.Options, lifetime);
            }

            if (await stored)
            {
                CacheMetrics.BytesWritten(payload.Length);
            }
        }
#pragma warning disable CA1031 // The value has been made and handed out; nobody is left to be told but the log.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            cache.NotStored(call.Key, exception);
            _ = cache.ReleaseAsync(lease);
        }
        finally
        {
            cache.Stores.End();
        }
    }

    // Tags that only the value told: their generations are read after the factory ran. That they are those from before is certain only if
    // no tag at all was removed in between; null if one was, or Redis cannot say.
    private async ValueTask<TagGenerations?> CoverAsync(TagGenerations generations, CacheEntryContext context, RedisValue? epoch)
    {
        if (!context.TellsTags)
        {
            return generations;
        }

        var entryTags = context.Tags;
        cache.ExpectTags(call.Key, entryTags);
        var late = Array.FindAll(entryTags, tag => !generations.Covers(tag));
        if (late.Length == 0)
        {
            return generations;
        }

        try
        {
            var (found, seen) = await budget.SpendAsync(_store.ReadBeforeEpochAsync(late));
            var covered = generations.With(late, found);
            if (!covered.IsComplete)
            {
                await CompleteAsync(covered);
                seen = await budget.SpendAsync(_store.ReadEpochAsync());
            }

            return seen == epoch ? covered : null;
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            cache.NotStored(call.Key, exception);
            return null;
        }
    }
}
