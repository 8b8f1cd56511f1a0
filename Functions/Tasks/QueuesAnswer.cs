using Functions.OpenApi;

namespace Functions.Tasks;

/// <summary>The answer of <c>GET /queues</c>.</summary>
[Example("""{"queued": 3, "running": 2, "delayed": 0, "dead": 0, "oldest_queued_seconds": 0.125, "throughput_per_minute": 42}""")]
public sealed record QueuesAnswer(long Queued, long Running, long Delayed, long Dead, double OldestQueuedSeconds, long ThroughputPerMinute);
