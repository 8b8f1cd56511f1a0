using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Functions.Redis.Connections;

/// <summary>The one activity source and the one meter of all building blocks; both are called <c>Functions.Redis</c>.</summary>
internal static class RedisTelemetry
{
    private const string Name = "Functions.Redis";

    public static readonly ActivitySource Activities = new(Name);

    public static readonly Meter Meter = new(Name);

    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        // Those of the OpenTelemetry conventions, and finer ones for what takes a millisecond.
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    /// <summary>Continues the trace of <paramref name="traceParent"/> (W3C), which another process may have begun; the current one if it is null.</summary>
    public static Activity? Continue(string? traceParent, string name, ActivityKind kind)
    {
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var origin);
        return Activities.StartActivity(name, kind, origin);
    }

    /// <summary>A histogram of durations in seconds.</summary>
    public static Histogram<double> CreateDurations(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, tags: null, Buckets);
}
