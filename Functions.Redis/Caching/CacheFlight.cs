namespace Functions.Redis.Caching;

/// <summary>
/// One run of a factory that any number of callers wait for; it is cancelled when the last of them has gone. It may be joined before it has
/// begun.
/// </summary>
/// <remarks>Its owner runs it, as a call like any other: what sharing costs is spent when somebody joins.</remarks>
#pragma warning disable CA1001 // The source holds no timer and no handle: there is nothing to dispose of.
internal sealed class CacheFlight<T> where T : class
#pragma warning restore CA1001
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<T?>? _shared; // Made when there is somebody to tell.
    private CancellationTokenSource? _abandoned; // Made where the owner can go before the others.
    private int _callers = 1; // The owner. At zero nobody can join any more.
    private volatile bool _hasBegun;
    private bool _hasEnded;

    /// <summary>Ends with the run, however it ends.</summary>
    public Task Ended
    {
        get
        {
            lock (_lock)
            {
                return _hasEnded ? Task.CompletedTask : Shared();
            }
        }
    }

    /// <summary>How many wait, with the owner.</summary>
    public int Callers
    {
        get
        {
            lock (_lock)
            {
                return _callers;
            }
        }
    }

    /// <summary>Joins those who wait; false if the run has ended or is being cancelled.</summary>
    /// <param name="start">How long to wait for the run to begin.</param>
    /// <param name="cancellationToken">Ends the wait of this caller.</param>
    /// <param name="result">What the factory returns; null if it is not called here after all, or has not been in time.</param>
    public bool TryJoin(TimeSpan start, CancellationToken cancellationToken, out Task<T?> result)
    {
        Task<T?> shared;
        lock (_lock)
        {
            if (_hasEnded || _callers == 0)
            {
                result = Task.FromResult<T?>(null);
                return false;
            }

            _callers++;
            shared = Shared();
        }

        result = WaitAsync(shared, start, cancellationToken);
        return true;
    }

    /// <summary>Runs <paramref name="make"/>, once, for the owner and for all who have joined; its failure is theirs too.</summary>
    /// <param name="state">Passed to <paramref name="make"/>.</param>
    /// <param name="make">Its token is cancelled when nobody waits any more.</param>
    /// <param name="cancellationToken">Ends the wait of the owner; the run goes on while others wait.</param>
    public ValueTask<T> RunAsync<TState>(TState state, Func<TState, CancellationToken, ValueTask<T>> make, CancellationToken cancellationToken)
    {
        _hasBegun = true;
        if (!cancellationToken.CanBeCanceled)
        {
            // The owner stays to the end, so nothing ends it before.
            return MakeAsync(state, make, CancellationToken.None);
        }

        Task<T?> shared;
        lock (_lock)
        {
            _abandoned = new CancellationTokenSource();
            shared = Shared();
        }

        // Waited for first: an owner who has gone already is counted when the run begins.
        var result = WaitAsync(shared, Timeout.InfiniteTimeSpan, cancellationToken);
        RedisBudget.Forget(MakeAsync(state, make, _abandoned.Token).AsTask());
        return new(result!);
    }

    /// <summary>Ends it without a run.</summary>
    public void Withdraw() => End()?.TrySetResult(null);

    private async ValueTask<T> MakeAsync<TState>(TState state, Func<TState, CancellationToken, ValueTask<T>> make, CancellationToken abandoned)
    {
        T made;
        try
        {
            made = await make(state, abandoned);
        }
        catch (Exception exception)
        {
            // Whatever the factory throws, those who wait get it; a cancellation too, with all that it tells.
            if (End() is { } failed)
            {
                failed.TrySetException(exception);
                _ = failed.Task.Exception; // Observed here too, for the case that nobody waits any more.
            }

            throw;
        }

        End()?.TrySetResult(made);
        return made;
    }

    private TaskCompletionSource<T?>? End()
    {
        lock (_lock)
        {
            _hasEnded = true;
            return _shared;
        }
    }

    private Task<T?> Shared() => (_shared ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private async Task<T?> WaitAsync(Task<T?> shared, TimeSpan start, CancellationToken cancellationToken)
    {
        try
        {
            if (!_hasBegun && start != Timeout.InfiniteTimeSpan)
            {
                await ((Task)shared.WaitAsync(start, cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!_hasBegun && !shared.IsCompleted && !cancellationToken.IsCancellationRequested)
                {
                    return null;
                }
            }

            return await shared.WaitAsync(cancellationToken);
        }
        finally
        {
            CancellationTokenSource? abandoned;
            lock (_lock)
            {
                abandoned = --_callers == 0 && !_hasEnded ? _abandoned : null;
            }

            // Outside the lock, as it runs what others have registered.
            if (abandoned is not null)
            {
                await abandoned.CancelAsync();
            }
        }
    }
}
