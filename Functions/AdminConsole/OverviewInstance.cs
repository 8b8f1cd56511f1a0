using Functions.OpenApi;
using Functions.Redis.Monitoring;

namespace Functions.AdminConsole;

/// <summary>An instance.</summary>
/// <param name="Id">Its own, as long as it runs.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="Version">Of the application.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="LastSeen">When it reported last.</param>
/// <param name="MemoryBytes">Its working set.</param>
[Example("""{"id": "5f0c2a7be1d94c3f", "host": "web-1", "version": "1.0.0", "started_at": "2026-11-23T08:00:00Z", "last_seen": "2026-11-23T10:42:30Z", "memory_bytes": 157286400}""")]
public sealed record OverviewInstance(string Id, string Host, string Version, DateTimeOffset StartedAt, DateTimeOffset LastSeen, long MemoryBytes)
{
    internal static OverviewInstance Of(LivingInstance instance) => new(
        instance.Report.Id, instance.Report.Host, instance.Report.Version, instance.Report.StartedAt, instance.LastSeen, instance.Report.MemoryBytes);
}
