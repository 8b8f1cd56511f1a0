using System.Threading.RateLimiting;

namespace Functions.Redis.RateLimiting;

/// <summary>
/// The decision on one request by all its limits. Disposing it gives concurrency permits back, and those only; the command is sent then,
/// its answer is not waited for.
/// </summary>
public sealed class RateLimitAcquisition : IDisposable, IAsyncDisposable
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

    /// <summary>Whether disposing it gives something back.</summary>
    internal bool HoldsPermits => _held.Length > 0 || _local.Count > 0;

    /// <summary>What Redis decided, one per partition.</summary>
    internal IReadOnlyList<RateLimitGrant> Grants => _grants;

    /// <summary>Gives everything back that an allowed request took, as if it had not been made. What was decided without Redis stays taken.</summary>
    public async Task RefundAsync()
    {
        Dispose();
        if (IsAllowed)
        {
            await Task.WhenAll(_grants.Select(_store.RefundAsync));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var i = 0; i < _local.Count; i++)
        {
            _local[i].Dispose();
        }

        foreach (var held in _held)
        {
            held.Dispose();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
