using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Functions.Redis.Connections;

namespace Functions.Redis.Monitoring;

/// <summary>What this instance has counted and not yet told to the others; see <see cref="FleetMonitor"/>.</summary>
public sealed class InstanceCounters : IDisposable
{
    /// <summary>How many names there may be at most; what is counted under further ones is not kept.</summary>
    private const int MaximumNames = 500;

    // Of the queue's meter; it belongs to the process, as does this.
    private static readonly string[] Measured = ["tasks.finished", "tasks.failed", "tasks.dead"];

    private readonly ConcurrentDictionary<string, Counter> _counters = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    /// <summary>Begins with nothing, and counts finished, failed and dead tasks by itself.</summary>
    public InstanceCounters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, RedisTelemetry.Meter) && Measured.Contains(instrument.Name))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, amount, _, _) => Add(instrument.Name, amount));
        _listener.Start();
    }

    /// <summary>Counts.</summary>
    /// <param name="name">What; one of a few names, never something that a caller chooses.</param>
    /// <param name="amount">How much.</param>
    public void Add(string name, long amount = 1)
    {
        if (_counters.TryGetValue(name, out var counter) || (_counters.Count < MaximumNames && (counter = _counters.GetOrAdd(name, static _ => new Counter())) is not null))
        {
            Interlocked.Add(ref counter.Value, amount);
        }
    }

    /// <summary>Takes what has been counted since this was called last.</summary>
    internal List<(string Name, long Amount)> Take()
    {
        var taken = new List<(string, long)>();
        foreach (var (name, counter) in _counters)
        {
            if (Interlocked.Exchange(ref counter.Value, 0) is > 0 and var amount)
            {
                taken.Add((name, amount));
            }
        }

        return taken;
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private sealed class Counter
    {
        public long Value;
    }
}
