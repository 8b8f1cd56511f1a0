using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Caching.Hybrid;
using Polly.CircuitBreaker;

namespace Functions.Redis.Caching;

public sealed partial class RedisHybridCache
{
    /// <summary>Reads an entry with the generations of its tags, unless that was <paramref name="begun"/> before, and says whether it may be served.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<CacheLookup<T>> LookupAsync<T>(
        string key, string[] tags, RedisCacheEntryOptions options, LocalGuards? guards = null, BegunHit<T>? begun = null)
    {
        // With guards the tags that have one: what was learned meanwhile has none.
        var plan = begun?.Plan ?? (guards is null ? _plans.For(key, tags) : Store.Plan(key, guards.Tags));
        var started = Time.GetTimestamp();
        var asksRemaining = guards is not null || RetentionOf(options) > TimeSpan.Zero;
        var (bytes, generations, kept) = begun is null ? await Store.ReadAsync(plan, asksRemaining) : CacheStore.Read(plan, await begun.Value.Reply);
        if (plan.IsUnknown)
        {
            _plans.Learn(plan, bytes is not null);
        }

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

        if (guards is not null)
        {
            KeepLocally(key, new FilledValue<T>(value, serialized), unknown is null ? [] : [.. unknown], guards, options, remaining!.Value - Time.GetElapsedTime(started));
        }

        return new(CacheLookupState.Hit, value, seen, generations, remaining);
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
            return new(TryLookupAsync<T>(key, tags, options, guards).WaitAsync(cancellationToken));
        }

        // The client ends a command itself after its timeout; a timer of our own is only needed where less is allowed.
        return _clientKeepsTimeout && !cancellationToken.CanBeCanceled
            ? LookupAsync<T>(key, tags, options, guards)
            : new(new RedisBudget(Options.RedisTimeout, Time).SpendAsync(LookupAsync<T>(key, tags, options, guards).AsTask(), cancellationToken));
    }

    // In a method of its own: its closure would be made for every read, also where the circuit is closed.
    private Task<CacheLookup<T>> TryLookupAsync<T>(string key, string[] tags, RedisCacheEntryOptions options, LocalGuards? guards)
    {
        var budget = new RedisBudget(Options.RedisTimeout, Time);
        return _circuit.TryAsync(() => budget.SpendAsync(LookupAsync<T>(key, tags, options, guards).AsTask())).AsTask();
    }

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

        var serializer = Serializers.For<T>(); // A type that is refused is the caller's mistake, and no miss.
        try
        {
            serialized = payload.IsCompressed ? BrotliValue.Decompress(payload.Value.Span, Options.MaximumPayloadBytes) : payload.Value;
            value = serializer.Deserialize(new ReadOnlySequence<byte>(serialized));
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
}
