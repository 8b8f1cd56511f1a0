using System.Diagnostics.Metrics;
using Functions.Redis.Caching;
using Functions.Redis.Connections;

namespace Functions.Redis.Tasks;

/// <summary>What tasks tell about themselves: names and outcomes, no payloads and no owners.</summary>
internal static class TaskMetrics
{
    private static readonly Meter Meter = new(CacheMetrics.SourceName);
    private static readonly Counter<long> EnqueuedTasks = Meter.CreateCounter<long>("tasks.enqueued", "{task}", "Accepted tasks by name.");
    private static readonly Counter<long> StartedAttempts = Meter.CreateCounter<long>("tasks.started", "{attempt}", "Started attempts by name.");
    private static readonly Counter<long> FinishedTasks = Meter.CreateCounter<long>("tasks.finished", "{task}", "Tasks that succeeded, by name.");
    private static readonly Counter<long> FailedAttempts = Meter.CreateCounter<long>("tasks.failed", "{attempt}", "Failed attempts by name.");
    private static readonly Counter<long> DeadTasks = Meter.CreateCounter<long>("tasks.dead", "{task}", "Tasks that failed for good, by name.");
    private static readonly Counter<long> LostLeases = Meter.CreateCounter<long>("tasks.lost", "{attempt}", "Attempts whose lease was lost, by name.");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("tasks.duration", "s", "Time of attempts by name.", tags: null, DurationBuckets.Advice);
    private static readonly Histogram<double> Waited = Meter.CreateHistogram<double>("tasks.wait", "s", "Time from creation to the first attempt, by name.", tags: null, DurationBuckets.Advice);
    private static QueueCounts? _depth;

    static TaskMetrics() => Meter.CreateObservableGauge("tasks.depth", Depth, "{task}", "Tasks by state, as the last sweep or request for counts found them.");

    public static void Enqueued(string name) => EnqueuedTasks.Add(1, Tag(name));

    public static void Started(TaskRecord task)
    {
        StartedAttempts.Add(1, Tag(task.Name));
        if (task.Attempts == 1 && Waited.Enabled)
        {
            Waited.Record((task.StartedAt!.Value - task.CreatedAt).TotalSeconds, Tag(task.Name));
        }
    }

    public static void Ended(string name, TimeSpan duration) => Duration.Record(duration.TotalSeconds, Tag(name));

    public static void Succeeded(string name) => FinishedTasks.Add(1, Tag(name));

    public static void Failed(string name) => FailedAttempts.Add(1, Tag(name));

    public static void Died(string name) => DeadTasks.Add(1, Tag(name));

    public static void Lost(string name) => LostLeases.Add(1, Tag(name));

    /// <summary>Notes the counts, for the gauge.</summary>
    public static void Counted(QueueCounts counts) => Volatile.Write(ref _depth, counts);

    private static IEnumerable<Measurement<long>> Depth() => Volatile.Read(ref _depth) is not { } counts ? [] :
    [
        new(counts.Queued, new KeyValuePair<string, object?>("state", "queued")),
        new(counts.Running, new KeyValuePair<string, object?>("state", "running")),
        new(counts.Delayed, new KeyValuePair<string, object?>("state", "delayed")),
        new(counts.Dead, new KeyValuePair<string, object?>("state", "dead")),
    ];

    private static KeyValuePair<string, object?> Tag(string name) => new("task.name", name);
}
