namespace Functions.Redis.Idempotency;

/// <summary>A request that runs under its idempotency key. It holds the key until it is completed, by a lease that is renewed in the background.</summary>
/// <remarks>
/// If its process dies the lease ends by itself. A request whose lease ended while it ran, as its process could not renew it, may find that another
/// attempt has the key: then that one's answer stands.
/// </remarks>
public sealed class IdempotencyAttempt
{
    private const int RenewalsPerLease = 3;

    private readonly IdempotencyStore _store;
    private readonly ITimer _timer;
    private Task _renewing = Task.CompletedTask;

    internal IdempotencyAttempt(IdempotencyStore store, AttemptIdentity identity, TimeProvider time)
    {
        (_store, Identity) = (store, identity);
        var interval = IdempotencyStore.LeaseDuration / RenewalsPerLease;
        _timer = time.CreateTimer(static attempt => ((IdempotencyAttempt)attempt!).Renew(), this, interval, interval);
    }

    internal AttemptIdentity Identity { get; }

    /// <summary>Keeps the answer; an empty one gives the key free for another attempt. To be called once, whatever has become of the request.</summary>
    /// <remarks>What Redis cannot take now it is told when it can; until then the key is claimed, for the lease at most.</remarks>
    public async Task CompleteAsync(ReadOnlyMemory<byte> answer)
    {
        await _timer.DisposeAsync();
        await _renewing; // See renew.lua.
        await _store.CompleteAsync(Identity, answer);
    }

    private void Renew()
    {
        if (_renewing.IsCompleted)
        {
            _renewing = RenewAsync();
        }
    }

    private async Task RenewAsync()
    {
        if (!await _store.TryRenewAsync(Identity))
        {
            await _timer.DisposeAsync();
        }
    }
}
