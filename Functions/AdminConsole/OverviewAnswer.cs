using Functions.Redis.Monitoring;
using Functions.Redis.Tasks;
using Functions.Tasks;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/overview</c>: what all instances have counted, and who they are.</summary>
/// <param name="Now">The time of Redis' clock.</param>
/// <param name="Minutes">Each minute, the running one last.</param>
/// <param name="Instances">The instances that have reported within 30 seconds.</param>
/// <param name="Queues">The tasks by state.</param>
public sealed record OverviewAnswer(
    DateTimeOffset Now, IReadOnlyList<OverviewMinute> Minutes, IReadOnlyList<OverviewInstance> Instances, QueuesAnswer Queues)
{
    internal static OverviewAnswer Of(FleetReport report, QueueCounts counts) => new(
        report.Now, [.. report.Minutes.Select(OverviewMinute.Of)], [.. report.Instances.Select(OverviewInstance.Of)], QueuesAnswer.Of(counts));
}
