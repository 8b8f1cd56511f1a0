namespace Functions.Redis.Caching;

/// <summary>One run of a factory that any number of callers wait for; it is cancelled when the last of them has gone.</summary>
#pragma warning disable CA1001 // The source holds no timer and no handle: there is nothing to dispose of.
internal sealed class CacheFlight<T>(Func<CancellationToken, Task<T>> run)
#pragma warning restore CA1001
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _abandoned = new();
    private readonly Lock _lock = new();
    private int _callers = 1; // The owner. At zero nobody can join any more.

    /// <summary>Ends with the run, however it ends.</summary>
    public Task Ended => _completion.Task;

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

    /// <summary>Joins those who wait; false if all of them have gone: the run has ended or is being cancelled.</summary>
    public bool TryJoin(CancellationToken cancellationToken, out Task<T> result)
    {
        lock (_lock)
        {
            if (_callers == 0)
            {
                result = _completion.Task;
                return false;
            }

            _callers++;
        }

        result = WaitAsync(cancellationToken);
        return true;
    }

    /// <summary>The wait of the caller who made the flight.</summary>
    public Task<T> JoinAsOwner(CancellationToken cancellationToken) => WaitAsync(cancellationToken);

    /// <summary>Runs the factory. Called once, after the owner has joined; its failure goes to those who wait.</summary>
    public async Task RunAsync()
    {
        try
        {
            _completion.TrySetResult(await run(_abandoned.Token));
        }
#pragma warning disable CA1031 // Whatever the factory throws, those who wait get it; a cancellation too, with all that it tells.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _completion.TrySetException(exception);
            _ = _completion.Task.Exception; // Observed here too, for the case that nobody waits any more.
        }
    }

    private async Task<T> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _completion.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            bool isLast;
            lock (_lock)
            {
                isLast = --_callers == 0;
            }

            // Outside the lock, as it runs what others have registered.
            if (isLast && !_completion.Task.IsCompleted)
            {
                await _abandoned.CancelAsync();
            }
        }
    }
}
