namespace Functions.Redis.Events;

/// <summary>The newest events of one channel, once for all clients of this process that follow it.</summary>
/// <remarks>Clients keep only their position. Who is behind the oldest event here reads the history in Redis instead.</remarks>
internal sealed class EventFeed(string channel, int capacity)
{
    private readonly Lock _lock = new();
    private readonly List<StreamedEvent> _events = [];
    private readonly List<EventSubscription> _subscriptions = [];
    private long _start;
    private int _syncRequests;
    private int _starts;

    public string Channel { get; } = channel;

    /// <summary>Ends when the head is known.</summary>
    public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The number of the newest event.</summary>
    public long Head { get; private set; }

    /// <summary>The position that the events in memory follow.</summary>
    public long Start => Volatile.Read(ref _start);

    /// <summary>How often it has begun anew: who is behind because of that is not slow.</summary>
    public int Starts => Volatile.Read(ref _starts);

    /// <summary>Begins, or begins anew, behind a position.</summary>
    public void StartAt(long position)
    {
        lock (_lock)
        {
            _events.Clear();
            _starts++;
            Head = _start = position;
        }

        Wake();
    }

    /// <summary>Appends what follows; false if events in between are missing here.</summary>
    /// <remarks>A predecessor before the head is no gap: the server has lost its newest events, and we have them.</remarks>
    public bool TryAppend(EventEnvelope envelope)
    {
        lock (_lock)
        {
            if (!Opened.Task.IsCompleted || envelope.Previous > Head)
            {
                return false;
            }

            if (envelope.Sequence <= Head)
            {
                return true;
            }

            _events.Add(StreamedEvent.Of(envelope));
            Head = envelope.Sequence;
            if (_events.Count > capacity)
            {
                _start = _events[0].Sequence;
                _events.RemoveAt(0);
            }
        }

        Wake();
        return true;
    }

    /// <summary>Begins anew behind the server's head if that is before the head of <paramref name="starts"/> starts, which is <paramref name="head"/>.</summary>
    /// <remarks>The server was restored, and a clock that is behind could give new events numbers that the clients have had. They are led back.</remarks>
    public void LeadBack(long head, int starts, long serverHead)
    {
        lock (_lock)
        {
            if (serverHead < head && _starts == starts)
            {
                StartAt(serverHead);
            }
        }
    }

    /// <summary>Adds the events behind <paramref name="after"/> to <paramref name="events"/>; false if they are not here any more.</summary>
    public bool TryRead(long after, List<StreamedEvent> events, int limit)
    {
        lock (_lock)
        {
            if (after < _start)
            {
                return false;
            }

            var first = _events.Count;
            while (first > 0 && _events[first - 1].Sequence > after)
            {
                first--;
            }

            for (var i = first; i < _events.Count && events.Count < limit; i++)
            {
                events.Add(_events[i]);
            }

            return true;
        }
    }

    /// <summary>Forgets what every client has.</summary>
    public void Trim()
    {
        lock (_lock)
        {
            var needed = Head;
            foreach (var subscription in _subscriptions)
            {
                needed = Math.Min(needed, subscription.PositionOf(this));
            }

            var count = _events.FindIndex(streamed => streamed.Sequence > needed) is var index && index < 0 ? _events.Count : index;
            if (count > 0)
            {
                _start = _events[count - 1].Sequence;
                _events.RemoveRange(0, count);
                _events.TrimExcess();
            }
        }
    }

    /// <summary>Counts those who want to know what was missed; the first one starts to read.</summary>
    public bool RequestSync() => Interlocked.Increment(ref _syncRequests) == 1;

    /// <summary>False if somebody has asked again since <paramref name="seen"/> requests were served.</summary>
    public bool EndSync(int seen) => Interlocked.CompareExchange(ref _syncRequests, 0, seen) == seen;

    public int SyncRequests => Volatile.Read(ref _syncRequests);

    public void Add(EventSubscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Add(subscription);
        }
    }

    /// <summary>True if nobody is left.</summary>
    public bool Remove(EventSubscription subscription)
    {
        lock (_lock)
        {
            var index = _subscriptions.IndexOf(subscription);
            if (index >= 0)
            {
                _subscriptions[index] = _subscriptions[^1];
                _subscriptions.RemoveAt(_subscriptions.Count - 1);
            }

            return _subscriptions.Count == 0;
        }
    }

    private void Wake()
    {
        lock (_lock)
        {
            foreach (var subscription in _subscriptions)
            {
                subscription.Wake();
            }
        }
    }
}
