#pragma warning disable CA1308 // Values of metric attributes are in lower case.

using System.Diagnostics.Metrics;
using Functions.Redis.Connections;

namespace Functions.Redis.Caching;

/// <summary>What the cache tells about itself; the meter and the activity source are called <c>Functions.Redis</c>.</summary>
internal static class CacheMetrics
{
    private static readonly Counter<long> Reads = RedisTelemetry.Meter.CreateCounter<long>(
        "cache.reads", "{read}", "Reads by outcome: hit, local_hit, miss, stale, bypass.");
    private static readonly Counter<long> Removals = RedisTelemetry.Meter.CreateCounter<long>("cache.removals", "{removal}", "Removed keys and tags.");
    private static readonly Counter<long> Bytes = RedisTelemetry.Meter.CreateCounter<long>("cache.io", "By", "Bytes of entries read and written.");
    private static readonly Histogram<double> Factory = RedisTelemetry.CreateDurations("cache.factory.duration", "Time of factories.");

    private static readonly KeyValuePair<string, object?> LocalHitTag = new("outcome", "local_hit");
    private static readonly KeyValuePair<string, object?> ReadTag = new("direction", "read");
    private static readonly KeyValuePair<string, object?> WriteTag = new("direction", "write");
    private static readonly KeyValuePair<string, object?>[] OutcomeTags =
        [.. Enum.GetNames<CacheOutcome>().Select(name => new KeyValuePair<string, object?>("outcome", name.ToLowerInvariant()))];

    public static void Read(CacheOutcome outcome) => Reads.Add(1, OutcomeTags[(int)outcome]);

    public static void LocalHit() => Reads.Add(1, LocalHitTag);

    public static void BytesRead(int count) => Bytes.Add(count, ReadTag);

    public static void BytesWritten(int count) => Bytes.Add(count, WriteTag);

    public static void Removed(string kind, int count) => Removals.Add(count, new KeyValuePair<string, object?>("kind", kind));

    public static void FactoryRan(TimeSpan duration) => Factory.Record(duration.TotalSeconds);
}
