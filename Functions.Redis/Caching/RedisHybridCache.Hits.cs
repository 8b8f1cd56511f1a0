using Microsoft.Extensions.Caching.Hybrid;
using StackExchange.Redis;

namespace Functions.Redis.Caching;

/// <summary>
/// The usual read, in one asynchronous step: the command is sent, and the reply is a hit. Every further step would cost more than the rest of
/// the work. Whatever else the reply turns out to be goes the general way from there.
/// </summary>
public sealed partial class RedisHybridCache
{
    private const HybridCacheEntryFlags Unusual = HybridCacheEntryFlags.DisableDistributedCache | HybridCacheEntryFlags.DisableUnderlyingData;

    internal readonly record struct BegunHit<T>(string[] Tags, CacheReadPlan Plan, CacheLease<T>? Claim, long Started, Task<RedisValue[]> Reply);

    // Null for what takes more than the one command: a first level, stale values, a circuit that is not closed, a wait that can be cancelled.
    private BegunHit<T>? TryBeginHit<T>(string key, RedisCacheEntryOptions options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        if (!_clientKeepsTimeout
            || cancellationToken.CanBeCanceled
            || LocalExpirationOf(options.LocalExpiration) > TimeSpan.Zero
            || (options.Flags & Unusual) != 0
            || RetentionOf(options) > TimeSpan.Zero
            || !_circuit.IsClosed
            || !_pending.IsEmpty
            || Store.Database is not { } database
            || FaultOf(key, tags, out var names) != CacheNameFault.None)
        {
            return null;
        }

        var plan = _plans.For(key, names);
        var claim = TryClaim<T>(key, plan, names, options, mayTellTags: false);
        try
        {
            return new(names, plan, claim, Time.GetTimestamp(), Store.Send(database, plan));
        }
        catch
        {
            Withdraw(claim);
            throw;
        }
    }

    private async Task<T> FinishHitAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, RedisCacheEntryOptions options, BegunHit<T> begun)
    {
        await ((Task)begun.Reply).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return begun.Reply.IsCompletedSuccessfully && TryServeOrWithdraw<T>(key, begun, out var value)
            ? value
            : await FinishOtherwiseAsync(key, state, factory, options, begun);
    }

    // In a method of its own: what it keeps while it waits would make every hit larger.
    private async Task<T> FinishOtherwiseAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, RedisCacheEntryOptions options, BegunHit<T> begun)
    {
        var budget = new RedisBudget(Options.RedisTimeout - Time.GetElapsedTime(begun.Started), Time);
        var call = Call(key, (state, factory), WithoutContextAsync, options, begun.Tags, mayTellTags: false);
        CacheLookup<T> lookup;
        try
        {
            lookup = await LookupAsync<T>(key, begun.Tags, options, begun: begun);
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            Withdraw(begun.Claim);
            return (await BypassAsync(exception, call, null, CancellationToken.None)).Value;
        }
        catch
        {
            Withdraw(begun.Claim);
            throw;
        }

        if (lookup.IsHit)
        {
            Withdraw(begun.Claim);
            CacheMetrics.Read(CacheOutcome.Hit);
            return lookup.Value;
        }

        return (await MissAsync(call, lookup, begun.Claim, null, budget, CancellationToken.None)).Value;
    }

    // A factory of the abstraction, which knows no context.
    private static ValueTask<T> WithoutContextAsync<TState, T>(
        (TState State, Func<TState, CancellationToken, ValueTask<T>> Factory) call, CacheEntryContext context, CancellationToken cancellationToken) =>
        call.Factory(call.State, cancellationToken);

    private bool TryServeOrWithdraw<T>(string key, BegunHit<T> begun, out T value)
    {
        try
        {
            return TryServe(key, begun, out value);
        }
        catch
        {
            Withdraw(begun.Claim);
            throw;
        }
    }

    // True for a plain hit, which is all that the reply has to tell.
    private bool TryServe<T>(string key, BegunHit<T> begun, out T value)
    {
        value = default!;
        var reply = begun.Reply.Result;
        if (reply[0].IsNull || !CachePayload.TryParse(reply[0], out var payload) || payload.Retention > TimeSpan.Zero)
        {
            return false;
        }

        List<string>? unknown = null;
        if (!payload.IsCurrent(new TagGenerations(begun.Plan.Tags, reply), ref unknown) || unknown is not null || !TryDeserialize(key, payload, out value, out _))
        {
            return false;
        }

        if (begun.Plan.IsUnknown)
        {
            _plans.Learn(begun.Plan, found: true);
        }

        Withdraw(begun.Claim);
        CacheMetrics.BytesRead(payload.Length);
        CacheMetrics.Read(CacheOutcome.Hit);
        return true;
    }
}
