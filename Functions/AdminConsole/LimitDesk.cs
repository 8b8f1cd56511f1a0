using Functions.Http.Policies;
using Functions.Redis.Monitoring;
using Functions.Redis.RateLimiting;

namespace Functions.AdminConsole;

/// <summary>The rate limits: how they are used, how one caller stands, and whom they are lifted for.</summary>
public sealed class LimitDesk(FunctionCatalog catalog, RateLimitSettings settings, RateLimits limits, LiftedLimits lifted, FleetMonitor monitor)
{
    private const int Shown = 20;

    private readonly FunctionLimit[] _policies =
    [
        .. catalog.All.Where(function => function.Http is not null)
            .SelectMany(function => settings[function])
            .DistinctBy(limit => limit.Policy.Name)
            .OrderBy(limit => limit.Policy.Name, StringComparer.Ordinal),
    ];

    /// <summary>Every policy with its decisions of the last minutes, and the callers whose limits are lifted.</summary>
    public async Task<LimitsAnswer> ListAsync(int minutes, CancellationToken cancellationToken)
    {
        var (report, exempt) = (monitor.ReadAsync(minutes, cancellationToken), lifted.RefreshAsync(cancellationToken));
        await Task.WhenAll(report, exempt);
        var counted = (await report).Minutes;
        var near = TightCallers.Nearest((await report).Instances.SelectMany(instance => instance.Report.Tight), Shown);
        return new LimitsAnswer(
            minutes,
            [.. _policies.Select(limit => PolicyUse.Of(
                limit, counted.Sum(minute => minute[$"limit.{limit.Policy.Name}.allowed"]), counted.Sum(minute => minute[$"limit.{limit.Policy.Name}.rejected"])))],
            [.. near.Select(one => new NearCaller(LimitedCaller.NameOf(one.Partition), one.Policy, one.Limit, one.Remaining, one.At))],
            [.. (await exempt).Select(one => new LiftedCaller(LimitedCaller.NameOf(one.Partition), one.End))]);
    }

    /// <summary>How much a caller has left of each limit. Takes nothing.</summary>
    public async Task<CallerLimitsAnswer> LookUpAsync(LimitedCaller caller, CancellationToken cancellationToken)
    {
        FunctionLimit[] counting = [.. _policies.Where(limit => limit.Attribute.Key == caller.Key && !limit.IsOfNetwork)];
        var acquisition = await limits.AcquireAsync([.. counting.Select(limit => new CountedLimit(limit.Policy, caller.Partition))], 0, cancellationToken);
        await using (acquisition)
        {
            return new CallerLimitsAnswer(
                caller.Text,
                lifted.Contains(caller.Partition),
                [
                    .. counting.Zip(acquisition.Decisions)
                        .Select(pair => new CallerLimit(pair.First.Policy.Name, pair.Second.Limit, pair.Second.Remaining, pair.Second.ResetAt))
                        .OrderBy(limit => (double)limit.Remaining / limit.Limit),
                ]);
        }
    }

    /// <summary>Lifts the limits of a caller, or ends that if <paramref name="duration"/> is zero; false if there are too many.</summary>
    public Task<bool> LiftAsync(LimitedCaller caller, TimeSpan duration, CancellationToken cancellationToken) =>
        lifted.LiftAsync(caller.Partition, duration, cancellationToken);
}
