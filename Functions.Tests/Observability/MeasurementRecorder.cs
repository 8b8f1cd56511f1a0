using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Functions.Tests.Observability;

/// <summary>What the building blocks measure while it lives. Other tests measure at the same time: look for names of one's own.</summary>
internal sealed class MeasurementRecorder : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Instrument> _instruments = new();
    private readonly ConcurrentQueue<(string Instrument, string Attributes, double Value)> _measured = new();

    public MeasurementRecorder()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Functions.Redis")
            {
                _instruments[instrument.Name] = instrument;
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The instruments that exist by now.</summary>
    public IReadOnlyCollection<Instrument> Instruments => [.. _instruments.Values];

    /// <summary>The sum of what was measured with exactly these attributes, as <c>name=value,…</c>; NaN if nothing was.</summary>
    public double Sum(string instrument, string attributes)
    {
        _listener.RecordObservableInstruments();
        var values = _measured.Where(measurement => measurement.Instrument == instrument && measurement.Attributes == attributes).ToList();
        return values.Count == 0 ? double.NaN : values.Sum(measurement => measurement.Value);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _measured.Enqueue((instrument.Name, string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")), value));
}
