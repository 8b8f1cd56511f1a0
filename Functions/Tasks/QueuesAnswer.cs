namespace Functions.Tasks;

/// <summary>The answer of <c>GET /queues</c>.</summary>
public sealed record QueuesAnswer(long Queued, long Running, long Delayed, long Dead, double OldestQueuedSeconds, long ThroughputPerMinute);
