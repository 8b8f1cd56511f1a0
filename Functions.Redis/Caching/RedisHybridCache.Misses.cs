using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Redis.Caching;

/// <summary>What is done when there is no value that may be served, or Redis cannot be asked for one.</summary>
public sealed partial class RedisHybridCache
{
    /// <summary>A lease to ask for, and where the value can tell tags the epoch, sent for ahead of it so that both arrive in one round trip.</summary>
    internal CacheLease<T> NewLease<T>(string key, ulong fingerprint, bool mayTellTags)
    {
        var lease = Leases.Add<T>(key, fingerprint);
        if (mayTellTags)
        {
            lease.Epoch = Store.ReadEpochAsync();
            RedisBudget.Forget(lease.Epoch); // Whoever needs it is told all the same.
        }

        return lease;
    }

    /// <summary>Gives up a lease that was asked for ahead; those who have joined its run read again.</summary>
    internal void Withdraw<T>(CacheLease<T>? claim)
    {
        if (claim is null)
        {
            return;
        }

        Leases.Remove(claim);
        claim.Flight.Withdraw();
        _ = ReleaseAsync(claim, claim.Claim!);
    }

    /// <summary>Gives a lease back. Nobody waits for that: it expires by itself if Redis fails.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="granted">
    /// Whether there is anything to give back, where that is not known yet. If it fails there is not, and nothing to tell: the read that was
    /// sent with it tells of an outage, and a Redis that only refuses to write still serves.
    /// </param>
    internal async Task ReleaseAsync(CacheLease lease, Task<bool>? granted = null)
    {
        Stores.Begin();
        try
        {
            if (granted is not null)
            {
                await ((Task)granted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!granted.IsCompletedSuccessfully || !granted.Result)
                {
                    return;
                }
            }

            await Store.ReleaseAsync(lease);
        }
#pragma warning disable CA1031 // Nobody is left to be told but the log. The circuit has counted the failure before that it comes from.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (_notReleasedLog.Tells(out var untold))
            {
                LogNotReleased(lease.Key, untold, exception.Message);
            }
        }
        finally
        {
            Stores.End();
        }
    }

    /// <summary>Notes a failure that no caller is told, because the value has been made.</summary>
    internal void NotStored(string key, Exception exception)
    {
        if (CacheCircuit.IsOutage(exception))
        {
            _circuit.Count(exception);
        }

        if (_notStoredLog.Tells(out var untold))
        {
            LogNotStored(key, untold, exception.Message);
        }
    }

    /// <summary>Lets tags live as long as an entry that is about to be stored under them.</summary>
    internal void KeepTags(string[] tags, TagGenerations generations, TimeSpan expiration)
    {
        Tags.Note(tags, generations);
        if (Tags.MustBeKept(CacheNames.Everything, expiration))
        {
            Store.KeepTag(CacheNames.Everything);
        }

        foreach (var tag in tags)
        {
            if (Tags.MustBeKept(tag, expiration))
            {
                Store.KeepTag(tag);
            }
        }
    }

    /// <summary>Notes which tags the value of an entry told, so that the next read asks for them at once.</summary>
    internal void ExpectTags(string key, string[] toldTags) => _plans.Expect(key, toldTags);

    // The lease of an entry that this process expects not to be there, asked for ahead of the read: if it was right, the miss has cost one
    // round trip when the factory begins.
    private CacheLease<T>? TryClaim<T>(string key, CacheReadPlan plan, string[] names, RedisCacheEntryOptions options, bool mayTellTags)
    {
        if (!plan.ExpectsMiss || (options.Flags & Unusual) != 0 || !_circuit.IsClosed || !_pending.IsEmpty)
        {
            return null;
        }

        plan.ExpectsMiss = false;
        if (Store.Database is not { } database || !Tags.TryFingerprint(names, out var fingerprint))
        {
            return null;
        }

        var lease = NewLease<T>(key, fingerprint, mayTellTags);
        try
        {
            lease.Claim = Store.ClaimAsync(database, lease);
            return lease;
        }
        catch
        {
            Leases.Remove(lease);
            lease.Flight.Withdraw();
            throw;
        }
    }

    private CacheCall<T> Call<TState, T>(
        string key,
        TState state,
        Func<TState, CacheEntryContext, CancellationToken, ValueTask<T>> factory,
        RedisCacheEntryOptions options,
        string[] tags,
        bool mayTellTags = true) => new CacheCall<TState, T>(this, key, state, factory, options, tags, mayTellTags);

    private async ValueTask<CacheEntry<T>> MissAsync<T>(
        CacheCall<T> call, CacheLookup<T> lookup, CacheLease<T>? claim, LocalGuards? guards, RedisBudget budget, CancellationToken cancellationToken)
    {
        if (call.Has(HybridCacheEntryFlags.DisableUnderlyingData))
        {
            CacheMetrics.Read(CacheOutcome.Miss);
            return new(default!, CacheOutcome.Miss);
        }

        var fill = new CacheFill<T>(this, call, guards, budget);
        CacheFill<T>.Acquired acquired = default;
        if (!call.Has(HybridCacheEntryFlags.DisableDistributedCacheWrite))
        {
            if (lookup.IsStaleWithin(call.Options.StaleWhileRevalidate ?? Options.StaleWhileRevalidate))
            {
                fill.RefreshInBackground(lookup, claim);
                CacheMetrics.Read(CacheOutcome.Stale);
                return new(lookup.Value, CacheOutcome.Stale);
            }

            try
            {
                acquired = await fill.AcquireAsync(lookup, claim, cancellationToken);
            }
            catch (Exception exception) when (CacheCircuit.IsOutage(exception))
            {
                return await BypassAsync(exception, call, guards, cancellationToken);
            }

            if (acquired.Lookup.IsHit)
            {
                CacheMetrics.Read(CacheOutcome.Hit);
                return new(acquired.Lookup.Value, CacheOutcome.Hit);
            }
        }

        try
        {
            if (acquired.Shared is not null && await acquired.Shared is null)
            {
                return await call.ReadAgainAsync(cancellationToken); // Counted there.
            }

            var value = acquired.Own is not null ? await fill.RunAsync(acquired, cancellationToken)
                : acquired.Shared is not null ? (await acquired.Shared)!.Value.Value
                : await CallOneAtATimeAsync(call, guards, cancellationToken); // Nothing is stored, so there is no lease.
            CacheMetrics.Read(CacheOutcome.Miss);
            return new(value, CacheOutcome.Miss);
        }
#pragma warning disable CA1031 // Whatever the factory throws, fail-safe stands for it.
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested && lookup.IsStaleWithin(call.Options.FailSafe ?? Options.FailSafe))
#pragma warning restore CA1031
        {
            TellFailSafe(call.Key, exception);
            CacheMetrics.Read(CacheOutcome.Stale);
            return new(lookup.Value, CacheOutcome.Stale);
        }
    }

    private async ValueTask<CacheEntry<T>> BypassAsync<T>(
        Exception outage, CacheCall<T> call, LocalGuards? guards, CancellationToken cancellationToken)
    {
        _circuit.Count(outage);
        TellBypass(call.Key, outage);
        CacheMetrics.Read(CacheOutcome.Bypass);
        return new(
            call.Has(HybridCacheEntryFlags.DisableUnderlyingData) ? default! : await CallOneAtATimeAsync(call, guards, cancellationToken), CacheOutcome.Bypass);
    }
}
