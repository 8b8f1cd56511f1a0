namespace Functions.Redis.Connections;

/// <summary>
/// Keeps a log readable, and the process fast, while a server is away and every request has the same to tell: the first is told, then one in ten seconds.
/// </summary>
internal sealed class OutageLog(TimeProvider time)
{
    private const long Never = -1;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private long _told = Never;
    private long _untold;

    /// <summary>Whether to log.</summary>
    /// <param name="untold">How many were not logged since the last that was.</param>
    public bool Tells(out long untold)
    {
        var told = Volatile.Read(ref _told);
        if ((told != Never && time.GetElapsedTime(told) < Interval) || Interlocked.CompareExchange(ref _told, time.GetTimestamp(), told) != told)
        {
            Interlocked.Increment(ref _untold);
            untold = 0;
            return false;
        }

        untold = Interlocked.Exchange(ref _untold, 0);
        return true;
    }
}
