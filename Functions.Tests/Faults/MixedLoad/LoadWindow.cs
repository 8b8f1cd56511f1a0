using System.Globalization;

namespace Functions.Tests.Faults.MixedLoad;

/// <summary>The requests under way from a fault's beginning on, and what it did to them.</summary>
/// <param name="Fault">Its name.</param>
/// <param name="Begin">When it began, since the load began.</param>
/// <param name="End">When it was over: what was broken worked again, as seen from outside.</param>
/// <param name="Requests">All that ended after its beginning, up to the next fault.</param>
internal sealed record LoadWindow(string Fault, TimeSpan Begin, TimeSpan End, IReadOnlyList<LoadRequest> Requests)
{
    /// <summary>The requests between two moments.</summary>
    public static LoadWindow Of(string fault, IEnumerable<LoadRequest> requests, TimeSpan begin, TimeSpan end, TimeSpan? until = null) =>
        new(fault, begin, end, [.. requests.Where(request => request.End > begin && request.End < (until ?? TimeSpan.MaxValue)).OrderBy(request => request.End)]);

    public TimeSpan Longest => Requests.Count == 0 ? TimeSpan.Zero : Requests.Max(request => request.Duration);

    public IEnumerable<LoadRequest> Failed => Requests.Where(request => request.IsFailed);

    /// <summary>
    /// From the end of the fault to the first success of each kind after which none of that kind failed, the slowest kind. Null if a kind did not recover.
    /// </summary>
    public TimeSpan? TimeToRecover
    {
        get
        {
            var times = Requests.GroupBy(request => request.Kind).Select(TimeOf).ToArray();
            return times.Contains(null) ? null : times.Length == 0 ? TimeSpan.Zero : times.Max();
        }
    }

    /// <summary>From the end of the fault to the last failure; zero if nothing has failed since.</summary>
    public TimeSpan LastFailure => Failed.Select(request => request.End - End).Append(TimeSpan.Zero).Max();

    /// <summary>Numbers of failures by kind and status.</summary>
    public string Failures => string.Join(", ", Failed.GroupBy(request => (request.Kind, request.Status)).OrderBy(group => group.Key)
        .Select(group => $"{group.Count()} {group.Key.Kind} {(group.Key.Status == 0 ? "no answer" : group.Key.Status.ToString(CultureInfo.InvariantCulture))}"));

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Fault}, {(End - Begin).TotalSeconds:0.0} s: {Requests.Count} requests, {Failed.Count()} failed ({Failures}), longest {Longest.TotalSeconds:0.00} s, last failure {LastFailure.TotalSeconds:0.00} s after its end, recovered {(TimeToRecover is { } time ? $"{time.TotalSeconds:0.00} s after its end" : "not at all")}");

    private TimeSpan? TimeOf(IGrouping<LoadKind, LoadRequest> kind)
    {
        var lastFailure = kind.LastOrDefault(request => request.IsFailed);
        if (lastFailure == default)
        {
            return TimeSpan.Zero;
        }

        var success = kind.FirstOrDefault(request => !request.IsFailed && request.End > lastFailure.End);
        return success == default ? null : success.End > End ? success.End - End : TimeSpan.Zero;
    }
}
