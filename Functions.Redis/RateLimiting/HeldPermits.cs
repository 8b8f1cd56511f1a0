namespace Functions.Redis.RateLimiting;

/// <summary>Holds concurrency permits: renews their lease in the background until it is disposed, then gives them back.</summary>
/// <remarks>A failure to renew or to give back is left alone: the lease ends by itself, which is what it is for.</remarks>
internal sealed class HeldPermits : IAsyncDisposable
{
    private const int RenewalsPerLease = 3;

    private readonly RateLimitStore _store;
    private readonly RateLimitGrant _grant;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private Task _renewing = Task.CompletedTask;
    private bool _isDisposed;

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
        grant.IsAllowed && grant.Permits > 0 && grant.Lease.Length > 0 ? new HeldPermits(store, grant, time) : null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task renewing;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            renewing = _renewing;
        }

        await _timer.DisposeAsync();
        await renewing;
        await QuietAsync(_store.ReleaseAsync(_grant));
    }

    private void Renew()
    {
        lock (_lock)
        {
            if (!_isDisposed && _renewing.IsCompleted)
            {
                _renewing = QuietAsync(_store.RenewAsync(_grant));
            }
        }
    }

    private static async Task QuietAsync(Task command) => await command.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
