using Functions.OpenApi;
using Functions.Redis.Tasks;

namespace Functions.Tasks;

/// <summary>The answer of <c>GET /queues</c>.</summary>
/// <param name="Queued">Tasks that could begin.</param>
/// <param name="Running">Tasks at work.</param>
/// <param name="Delayed">Tasks whose time has not come.</param>
/// <param name="Dead">Tasks that have failed for good.</param>
/// <param name="OldestQueuedSeconds">How long the oldest queued task has waited, in seconds.</param>
/// <param name="ThroughputPerMinute">Tasks that ended in the last minute.</param>
[Example("""{"queued": 3, "running": 2, "delayed": 0, "dead": 0, "oldest_queued_seconds": 0.125, "throughput_per_minute": 42}""")]
public sealed record QueuesAnswer(long Queued, long Running, long Delayed, long Dead, double OldestQueuedSeconds, long ThroughputPerMinute)
{
    internal static QueuesAnswer Of(QueueCounts counts) => new(
        counts.Queued, counts.Running, counts.Delayed, counts.Dead, Math.Round(counts.OldestQueued.TotalSeconds, 3), counts.ThroughputPerMinute);
}
