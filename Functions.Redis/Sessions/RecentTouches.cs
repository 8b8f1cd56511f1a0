using System.Collections.Concurrent;

namespace Functions.Redis.Sessions;

/// <summary>
/// The sessions whose activity this process has seen written, or found written, within an interval: until it is over there is nothing to write. Bounded;
/// what does not fit is asked for again.
/// </summary>
/// <remarks>Two generations of half an interval each, so that forgetting costs nothing per entry.</remarks>
internal sealed class RecentTouches(TimeSpan interval, TimeProvider time)
{
    private const int Capacity = 20_000; // In each generation; about 4 MB in all.

    private readonly Lock _lock = new();
    private volatile Generations _generations = new(time.GetTimestamp(), [], []);

    /// <summary>Whether the session was added less than an interval ago.</summary>
    public bool Contains(string id)
    {
        var generations = Current();
        return generations.Young.ContainsKey(id) || generations.Old.ContainsKey(id);
    }

    /// <summary>Notes that there is nothing to write about the session for an interval.</summary>
    public void Add(string id)
    {
        var young = Current().Young;
        if (young.Count < Capacity)
        {
            young[id] = true;
        }
    }

    private Generations Current()
    {
        var generations = _generations;
        if (time.GetElapsedTime(generations.Since) < interval / 2)
        {
            return generations;
        }

        lock (_lock)
        {
            generations = _generations;
            var age = time.GetElapsedTime(generations.Since);
            return age < interval / 2
                ? generations
                : _generations = age < interval
                    ? new Generations(generations.Since + HalfInterval, [], generations.Young) // What is old now was added in the half before.
                    : new Generations(time.GetTimestamp(), [], []);
        }
    }

    private long HalfInterval => (long)(interval.TotalSeconds / 2 * time.TimestampFrequency);

    private sealed record Generations(long Since, ConcurrentDictionary<string, bool> Young, ConcurrentDictionary<string, bool> Old);
}
