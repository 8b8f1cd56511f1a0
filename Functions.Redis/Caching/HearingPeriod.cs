namespace Functions.Redis.Caching;

/// <summary>A time in which this process hears of removals. What was read in it may be served from the first level until it is over.</summary>
/// <param name="time">The clock of the process.</param>
/// <param name="until">The timestamp of its end, as far as that is known.</param>
internal sealed class HearingPeriod(TimeProvider time, long until)
{
    private long _until = until;

    /// <summary>Its end, which every heartbeat moves on, and an interruption fixes.</summary>
    public long Until
    {
        get => Volatile.Read(ref _until);
        set => Volatile.Write(ref _until, value);
    }

    /// <summary>Looked at by the clock, not ended by a timer: a process that was frozen finds it over when it goes on.</summary>
    public bool IsOver => time.GetTimestamp() >= Until;
}
