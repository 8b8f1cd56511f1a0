namespace Functions.Redis.Tasks;

/// <summary>One attempt at a task in this process.</summary>
internal sealed class TaskRun(TaskRecord record) : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private int _progress = -1;
    private int _ended;

    public TaskRecord Record { get; } = record;

    /// <summary>Cancelled when the task must stop: it was cancelled, its lease is lost, or the instance stops.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>When the lease was last granted, as a timestamp of the process.</summary>
    public long LeasedAt { get; set; }

    /// <summary>Whether the task is somebody else's now, or nobody's.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Notes progress, to be sent with the next report.</summary>
    public void Report(int percent) => Volatile.Write(ref _progress, percent);

    /// <summary>Notes progress that could not be sent, unless there is newer.</summary>
    public void ReportAgain(int percent) => Interlocked.CompareExchange(ref _progress, percent, -1);

    /// <summary>Progress that has not been sent.</summary>
    public int? TakeProgress() => Interlocked.Exchange(ref _progress, -1) is >= 0 and var percent ? percent : null;

    /// <summary>True for the first who ends the attempt: the handler, or the shutdown that does not wait for it.</summary>
    public bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;

    /// <summary>Whether the attempt is over.</summary>
    public bool HasEnded => Volatile.Read(ref _ended) == 1;

    /// <summary>Tells the handler to stop, and that nobody wants to know how it ends. The callbacks of its token run elsewhere; the task is theirs.</summary>
    public Task LoseAsync()
    {
        IsLost = true;
        return CancelAsync();
    }

    /// <summary>Tells the handler to stop. The callbacks of its token run elsewhere, as they are not ours: they may block or throw; the task is theirs.</summary>
    public Task CancelAsync() => _cancellation.CancelAsync();

    public void Dispose() => _cancellation.Dispose();
}
