namespace Functions.Events;

/// <summary>The events of one channel in the order in which they were stored.</summary>
internal sealed class OutboxChain(IEnumerable<(long Id, string EventId)> rows)
{
    private readonly SortedList<long, string> _events = new(rows.DistinctBy(row => row.Id).ToDictionary(row => row.Id, row => row.EventId));

    /// <summary>The event before the row; null if there is none.</summary>
    public string? Before(long id) => _events.IndexOfKey(id) is > 0 and var index ? _events.Values[index - 1] : null;
}
