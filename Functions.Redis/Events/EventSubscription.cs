namespace Functions.Redis.Events;

/// <summary>One client's way through the events of some channels: a position on each.</summary>
public sealed class EventSubscription : IDisposable
{
    private readonly EventFanOut _fanOut;
    private readonly EventFeed[] _feeds;
    private readonly long[] _positions;
    private readonly int[] _liveSince; // Starts of the feed while the client reads from it; -1 while it reads the history.
    private readonly WakeSignal _signal = new();
    private bool _isOpen;

    internal EventSubscription(EventFanOut fanOut, EventFeed[] feeds)
    {
        (_fanOut, _feeds) = (fanOut, feeds);
        _positions = new long[feeds.Length];
        _liveSince = new int[feeds.Length];
        Array.Fill(_liveSince, -1);
    }

    /// <summary>The number of the last event that was read from each channel.</summary>
    public IReadOnlyList<long> Positions => _positions;

    /// <summary>Why the client is gone, for metrics; <c>client</c> by default.</summary>
    public string EndReason { get; set; } = "client";

    /// <summary>Waits until there may be something to read, or somebody wakes it.</summary>
    public ValueTask WaitAsync() => _signal.WaitAsync();

    /// <summary>Ends the wait.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Adds what follows on a channel to <paramref name="events"/>, which is empty.</summary>
    /// <param name="channel">Index of the channel.</param>
    /// <param name="events">Gets the events. Who has passed them on calls <see cref="Advance"/>.</param>
    /// <param name="limit">Events at most.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    public async ValueTask<SubscriptionState> ReadAsync(int channel, List<StreamedEvent> events, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        if (_positions[channel] > _feeds[channel].Head && await LeadBackAsync(channel, cancellationToken))
        {
            return SubscriptionState.HistoryLost;
        }

        var starts = _feeds[channel].Starts;
        if (_feeds[channel].TryRead(_positions[channel], events, limit))
        {
            _liveSince[channel] = starts;
            return SubscriptionState.Continuous;
        }

        var start = _feeds[channel].Start;
        var history = await _fanOut.ReadAsync(_feeds[channel].Channel, _positions[channel], limit, cancellationToken);
        var isComplete = history.From == _positions[channel];
        if (isComplete && _liveSince[channel] == _feeds[channel].Starts)
        {
            return SubscriptionState.TooSlow;
        }

        _liveSince[channel] = -1;
        _positions[channel] = history.From;
        events.AddRange(history.Events.Select(StreamedEvent.Of));
        if (events.Count == 0)
        {
            // Nothing follows up to the head, or up to what had left the feed before: then the server has lost it.
            isComplete &= start <= history.Head;
            _positions[channel] = Math.Max(history.Head, start);
        }

        return isComplete ? SubscriptionState.Continuous : SubscriptionState.HistoryLost;
    }

    /// <summary>Notes that the client has the event.</summary>
    public void Advance(int channel, long sequence) => _positions[channel] = sequence;

    /// <inheritdoc/>
    public void Dispose()
    {
        _fanOut.Close(this, _feeds);
        if (_isOpen)
        {
            _isOpen = false;
            EventMetrics.StreamEnded(EndReason);
        }
    }

    internal long PositionOf(EventFeed feed) => _positions[Array.IndexOf(_feeds, feed)];

    internal void StartAt(IReadOnlyList<long?> positions)
    {
        _isOpen = true;
        EventMetrics.StreamOpened();
        for (var i = 0; i < _feeds.Length; i++)
        {
            _positions[i] = positions[i] ?? _feeds[i].Head;
        }
    }

    // Another process may have brought the client an event before this one heard of it; then the history has it. If not, the server was
    // restored or emptied since, or the id was made up: the client would wait for a number that may never come. True if it is led back.
    private async ValueTask<bool> LeadBackAsync(int channel, CancellationToken cancellationToken)
    {
        var history = await _fanOut.ReadAsync(_feeds[channel].Channel, _positions[channel], limit: 0, cancellationToken);
        if (_positions[channel] <= history.Head)
        {
            return false;
        }

        _positions[channel] = history.Head;
        return true;
    }
}
