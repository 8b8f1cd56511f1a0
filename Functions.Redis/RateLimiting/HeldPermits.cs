namespace Functions.Redis.RateLimiting;

/// <summary>Holds concurrency permits: renews their lease in the background until it is disposed, then gives them back.</summary>
/// <remarks>
/// A failure to renew or to give back is left alone: the lease ends by itself, which is what it is for. A renewal that is under way when the
/// permits are given back does not bring them back, whichever comes first.
/// </remarks>
internal sealed class HeldPermits : IDisposable
{
    private const int RenewalsPerLease = 3;

    private readonly RateLimitStore _store;
    private readonly RateLimitGrant _grant;
    private readonly ITimer _timer;
    private Task _renewing = Task.CompletedTask;
    private int _isDisposed;

    private HeldPermits(RateLimitStore store, RateLimitGrant grant, TimeProvider time)
    {
        (_store, _grant) = (store, grant);
        var interval = grant.Limits
            .Where(limit => limit.Policy.Algorithm == RateLimitAlgorithm.Concurrency)
            .Min(limit => limit.Policy.Window) / RenewalsPerLease;
        _timer = time.CreateTimer(static held => ((HeldPermits)held!).Renew(), this, interval, interval);
    }

    /// <summary>Holds the concurrency permits of a grant; null if it has none.</summary>
    public static HeldPermits? Of(RateLimitStore store, RateLimitGrant grant, TimeProvider time) =>
        grant.Lease.Length > 0 && grant.Permits > 0 && grant.IsAllowed ? new HeldPermits(store, grant, time) : null;

    /// <summary>Sends that the permits are given back; nobody waits for the answer.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _timer.Dispose();
            _ = QuietAsync(_store.ReleaseAsync(_grant));
        }
    }

    private void Renew()
    {
        if (_renewing.IsCompleted)
        {
            _renewing = QuietAsync(_store.RenewAsync(_grant));
        }
    }

    private static async Task QuietAsync(Task command) => await command.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
