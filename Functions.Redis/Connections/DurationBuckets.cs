using System.Diagnostics.Metrics;

namespace Functions.Redis.Connections;

/// <summary>Buckets for histograms of durations in seconds: those of the OpenTelemetry conventions, and finer ones for what takes a millisecond.</summary>
internal static class DurationBuckets
{
    public static readonly InstrumentAdvice<double> Advice = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };
}
