using Functions.Redis.Tasks;

namespace Functions.Tasks;

/// <summary>The answer of <c>GET /queues</c>.</summary>
public sealed record QueuesAnswer(long Queued, long Running, long Delayed, long Dead, double OldestQueuedSeconds, long ThroughputPerMinute)
{
    internal static QueuesAnswer Of(QueueCounts counts) => new(
        counts.Queued, counts.Running, counts.Delayed, counts.Dead, Math.Round(counts.OldestQueued.TotalSeconds, 3), counts.ThroughputPerMinute);
}
