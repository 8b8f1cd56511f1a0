using Functions.OpenApi;
using Functions.Redis.Monitoring;
using Functions.Redis.Tasks;
using Functions.Tasks;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/overview</c>: what all instances have counted, and who they are.</summary>
/// <param name="Now">The time of Redis' clock.</param>
/// <param name="Minutes">Each minute, the running one last.</param>
/// <param name="Instances">The instances that have reported within 30 seconds.</param>
/// <param name="Queues">The tasks by state.</param>
[Example("""{"now": "2026-11-23T10:42:30Z", "minutes": [{"at": "2026-11-23T10:42:00Z", "requests": 1200, "failed": 0, "limited": 7, "mean_ms": 3.41, "cache_hits": 900, "cache_misses": 60, "tasks_finished": 42, "tasks_failed": 1, "redis_memory": 8388608}], "instances": [{"id": "5f0c2a7be1d94c3f", "host": "web-1", "version": "1.0.0", "started_at": "2026-11-23T08:00:00Z", "last_seen": "2026-11-23T10:42:30Z", "memory_bytes": 157286400}], "queues": {"queued": 3, "running": 2, "delayed": 0, "dead": 1, "oldest_queued_seconds": 0.125, "throughput_per_minute": 42}}""")]
public sealed record OverviewAnswer(
    DateTimeOffset Now, IReadOnlyList<OverviewMinute> Minutes, IReadOnlyList<OverviewInstance> Instances, QueuesAnswer Queues)
{
    internal static OverviewAnswer Of(FleetReport report, QueueCounts counts) => new(
        report.Now, [.. report.Minutes.Select(OverviewMinute.Of)], [.. report.Instances.Select(OverviewInstance.Of)], QueuesAnswer.Of(counts));
}
