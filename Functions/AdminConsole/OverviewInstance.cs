using Functions.Redis.Monitoring;

namespace Functions.AdminConsole;

/// <summary>An instance.</summary>
/// <param name="Id">Its own, as long as it runs.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="Version">Of the application.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="LastSeen">When it reported last.</param>
/// <param name="MemoryBytes">Its working set.</param>
public sealed record OverviewInstance(string Id, string Host, string Version, DateTimeOffset StartedAt, DateTimeOffset LastSeen, long MemoryBytes)
{
    internal static OverviewInstance Of(LivingInstance instance) => new(
        instance.Report.Id, instance.Report.Host, instance.Report.Version, instance.Report.StartedAt, instance.LastSeen, instance.Report.MemoryBytes);
}
