using System.Threading.RateLimiting;

namespace Functions.Redis.RateLimiting;

/// <summary>The decision on one request by all its limits. Disposing it gives concurrency permits back, and those only.</summary>
public sealed class RateLimitAcquisition : IAsyncDisposable
{
    private readonly RateLimitStore _store;
    private readonly RateLimitGrant[] _grants;
    private readonly IReadOnlyList<RateLimitLease> _local;
    private readonly HeldPermits[] _held;

    internal RateLimitAcquisition(
        RateLimitStore store,
        RateLimitDecision[] decisions,
        RateLimitGrant[] grants,
        IReadOnlyList<RateLimitLease> local,
        TimeProvider time)
    {
        (_store, Decisions, _grants, _local) = (store, decisions, grants, local);
        IsAllowed = Array.TrueForAll(decisions, static decision => decision.IsAllowed);
        _held = IsAllowed && Array.Exists(grants, static grant => grant.Lease.Length > 0)
            ? [.. grants.Select(grant => HeldPermits.Of(store, grant, time)).OfType<HeldPermits>()]
            : [];
    }

    /// <summary>Whether every limit allows the request. If not, none has been used up.</summary>
    public bool IsAllowed { get; }

    /// <summary>One decision per limit, in the order in which they were asked for.</summary>
    public IReadOnlyList<RateLimitDecision> Decisions { get; }

    /// <summary>What Redis decided, one per partition.</summary>
    internal IReadOnlyList<RateLimitGrant> Grants => _grants;

    /// <summary>Gives everything back that an allowed request took, as if it had not been made. What was decided without Redis stays taken.</summary>
    public async Task RefundAsync()
    {
        await DisposeAsync();
        if (IsAllowed)
        {
            await Task.WhenAll(_grants.Select(_store.RefundAsync));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var lease in _local)
        {
            lease.Dispose();
        }

        foreach (var held in _held)
        {
            await held.DisposeAsync();
        }
    }
}
