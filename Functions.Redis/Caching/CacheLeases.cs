using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;

namespace Functions.Redis.Caching;

/// <summary>The leases that readers in this process have asked for. Those whose factory runs are renewed, all by one timer.</summary>
internal sealed partial class CacheLeases : IAsyncDisposable, IDisposable
{
    private readonly ConcurrentDictionary<ulong, CacheLease> _leases = new();
    private readonly CacheStore _store;
    private readonly ILogger _logger;
    private readonly OutageLog _notRenewedLog;
    private readonly ITimer _renewal;

    public CacheLeases(CacheStore store, CacheOptions options, TimeProvider time, ILogger logger)
    {
        _store = store;
        _logger = logger;
        _notRenewedLog = new OutageLog(time);
        var interval = options.LeaseDuration / 3;
        _renewal = time.CreateTimer(static leases => ((CacheLeases)leases!).RenewAll(), this, interval, interval);
    }

    public IEnumerable<CacheLease> All => _leases.Values;

    /// <summary>Makes a lease to ask for. It can be found before Redis has heard of it, so that whoever learns there who holds it finds it.</summary>
    public CacheLease<T> Add<T>(string key, ulong fingerprint)
    {
        var lease = new CacheLease<T>(key, _store.LeaseKeys(key), CacheStore.NewToken(), fingerprint);
        _leases[lease.Token] = lease;
        return lease;
    }

    public bool TryFind<T>(ulong token, [NotNullWhen(true)] out CacheLease<T>? lease)
    {
        lease = _leases.GetValueOrDefault(token) as CacheLease<T>;
        return lease is not null;
    }

    /// <summary>Forgets a lease that was not granted, or has been used. A renewal that is on its way finds that it is gone.</summary>
    public void Remove(CacheLease lease)
    {
        lease.IsHeld = false;
        _leases.TryRemove(lease.Token, out _);
    }

    public ValueTask DisposeAsync() => _renewal.DisposeAsync();

    public void Dispose() => _renewal.Dispose();

    private void RenewAll()
    {
        foreach (var (_, lease) in _leases)
        {
            if (lease.IsHeld)
            {
                _ = RenewAsync(lease);
            }
        }
    }

    private async Task RenewAsync(CacheLease lease)
    {
        try
        {
            if (!await _store.RenewAsync(lease))
            {
                // Lost, and with it the right to store; the value still goes to those who wait.
                lease.IsHeld = false;
            }
        }
#pragma warning disable CA1031 // Nobody is left to be told but the log. Tried again at the next tick, which comes before it expires.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (_notRenewedLog.Tells(out var untold))
            {
                LogNotRenewed(_logger, lease.Key, untold, exception.Message);
            }
        }
    }

    [LoggerMessage(9, LogLevel.Warning, "The lease of '{Key}' could not be renewed (as could {Untold} before not); its value is not stored if the lease expires: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string key, long untold, string reason);
}
