namespace Functions.Redis.Caching;

/// <summary>
/// Whether this process hears of the removals that others make, and what that means for the first level: how long a value may be served
/// that was read now.
/// </summary>
/// <remarks>
/// While heartbeats arrive, every one moves the end of the period on. After an interruption what was read before ends a fixed time after the
/// last heartbeat, and what is read meanwhile the same time after it was read, whether or not messages arrive again: a removal may have been
/// missed. So it is, too, before the first heartbeat.
/// </remarks>
internal sealed class LocalHearing(CacheOptions options, TimeProvider time)
{
    private const int MissedHeartbeats = 3;

    private readonly Lock _lock = new();
    private volatile HearingPeriod? _current; // Null while nothing is heard.
    private long _lastHeartbeat;
    private bool _hasHeard;

    /// <summary>Whether heartbeats arrive.</summary>
    public bool IsHearing => _current is not null;

    /// <summary>Whether heartbeats should have arrived by now.</summary>
    public bool HasMissedHeartbeats => IsHearing && time.GetElapsedTime(Volatile.Read(ref _lastHeartbeat)) > MissedIntervals;

    /// <summary>How long values are served that may have been removed unheard.</summary>
    public TimeSpan OutageExpiration => options.LocalOutageExpiration ?? MissedIntervals;

    /// <summary>The period for a value that is about to be read.</summary>
    public HearingPeriod Current => _current ?? new HearingPeriod(time, After(time.GetTimestamp(), OutageExpiration));

    private TimeSpan MissedIntervals => options.HeartbeatInterval * MissedHeartbeats;

    /// <summary>Notes a heartbeat.</summary>
    /// <param name="sent">The timestamp of when it was sent: what was removed before has been heard of.</param>
    /// <returns>Whether messages arrive again after an interruption.</returns>
    public bool Hear(long sent)
    {
        lock (_lock)
        {
            if (_current is not null && sent < _lastHeartbeat)
            {
                return false; // Messages are handled in any order.
            }

            Volatile.Write(ref _lastHeartbeat, sent);
            var until = After(sent, MissedIntervals > OutageExpiration ? MissedIntervals : OutageExpiration);
            if (_current is { } current)
            {
                current.Until = until;
                return false;
            }

            _current = new HearingPeriod(time, until);
            var isAgain = _hasHeard;
            _hasHeard = true;
            return isAgain;
        }
    }

    /// <summary>Notes that messages may be lost from now on.</summary>
    /// <returns>Whether they were heard until now.</returns>
    public bool Interrupt()
    {
        lock (_lock)
        {
            if (_current is not { } current)
            {
                return false;
            }

            current.Until = After(_lastHeartbeat, OutageExpiration);
            _current = null;
            return true;
        }
    }

    private long After(long timestamp, TimeSpan span) => timestamp + (long)(span.TotalSeconds * time.TimestampFrequency);
}
