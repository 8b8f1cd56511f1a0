using System.Diagnostics.Metrics;
using Functions.Redis.Connections;

namespace Functions.Redis.Tasks;

/// <summary>What tasks tell about themselves: names and outcomes, no payloads and no owners.</summary>
internal static class TaskMetrics
{
    private static readonly Counter<long> EnqueuedTasks = RedisTelemetry.Meter.CreateCounter<long>("tasks.enqueued", "{task}", "Accepted tasks by name.");
    private static readonly Counter<long> StartedAttempts = RedisTelemetry.Meter.CreateCounter<long>("tasks.started", "{attempt}", "Started attempts by name.");
    private static readonly Counter<long> FinishedTasks = RedisTelemetry.Meter.CreateCounter<long>("tasks.finished", "{task}", "Tasks that succeeded, by name.");
    private static readonly Counter<long> FailedAttempts = RedisTelemetry.Meter.CreateCounter<long>("tasks.failed", "{attempt}", "Failed attempts by name.");
    private static readonly Counter<long> DeadTasks = RedisTelemetry.Meter.CreateCounter<long>("tasks.dead", "{task}", "Tasks that failed for good, by name.");
    private static readonly Counter<long> LostLeases = RedisTelemetry.Meter.CreateCounter<long>("tasks.lost", "{attempt}", "Attempts whose lease was lost, by name.");
    private static readonly Histogram<double> Duration = RedisTelemetry.CreateDurations("tasks.duration", "Time of attempts by name.");
    private static readonly Histogram<double> Waited = RedisTelemetry.CreateDurations("tasks.wait", "Time from creation to the first attempt, by name.");
    private static QueueCounts? _depth;

    static TaskMetrics() => RedisTelemetry.Meter.CreateObservableGauge("tasks.depth", Depth, "{task}", "Tasks by state, as the last sweep or request for counts found them.");

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
