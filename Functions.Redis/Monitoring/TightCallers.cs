using System.Collections.Concurrent;

namespace Functions.Redis.Monitoring;

/// <summary>The callers who have come near a limit on this instance within the last minute; the others learn of the nearest by <see cref="FleetMonitor"/>.</summary>
public sealed class TightCallers(TimeProvider time)
{
    /// <summary>How many are remembered at most, whoever comes.</summary>
    private const int Maximum = 200;

    private const int Told = 20;

    /// <summary>From this share on they are near: a fifth.</summary>
    private const int Share = 5;

    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Partition, string Policy), TightCaller> _callers = new();

    /// <summary>Whether it is worth to call <see cref="Note"/>.</summary>
    public static bool IsTight(int remaining, int limit) => (long)remaining * Share <= limit;

    /// <summary>Notes what a caller had left of a limit.</summary>
    public void Note(string partition, string policy, int remaining, int limit)
    {
        if (_callers.ContainsKey((partition, policy)) || _callers.Count < Maximum) // Counting takes every lock of the dictionary.
        {
            _callers[(partition, policy)] = new TightCaller(partition, policy, remaining, limit, time.GetUtcNow());
        }
    }

    /// <summary>The nearest of them; forgets those of more than a minute ago.</summary>
    public IReadOnlyList<TightCaller> List()
    {
        var oldest = time.GetUtcNow() - Memory;
        foreach (var old in _callers.Where(caller => caller.Value.At < oldest))
        {
            _callers.TryRemove(old); // Unless it has come again meanwhile.
        }

        return Nearest(_callers.Values, Told);
    }

    /// <summary>The nearest of <paramref name="callers"/>, each with each limit once, as it was last.</summary>
    public static IReadOnlyList<TightCaller> Nearest(IEnumerable<TightCaller> callers, int count) =>
    [
        .. callers.GroupBy(caller => (caller.Partition, caller.Policy))
            .Select(same => same.MaxBy(caller => caller.At)!)
            .OrderBy(caller => (double)caller.Remaining / caller.Limit)
            .ThenByDescending(caller => caller.At)
            .Take(count),
    ];
}
