using System.Collections.Concurrent;

namespace Functions.Redis.Caching;

/// <summary>
/// The plans of entries that have been read before, so that a hit does not put its keys together again. They remember the tags that values
/// told, too: asked for in advance, those spare a second round trip.
/// </summary>
internal sealed class CacheReadPlans(CacheStore store)
{
    private const int Maximum = 10_000;

    private readonly ConcurrentDictionary<string, CacheReadPlan> _plans = new(StringComparer.Ordinal);
    private volatile bool _hasForgotten;
    private int _count;

    /// <summary>The plan for an entry with at least <paramref name="tags"/>.</summary>
    public CacheReadPlan For(string key, string[] tags)
    {
        var known = _plans.GetValueOrDefault(key);
        return known is not null && known.Covers(tags) ? known : Remember(key, tags, known?.ToldTags ?? []);
    }

    /// <summary>Notes which tags the value of an entry told.</summary>
    public void Expect(string key, string[] toldTags) => Remember(key, [], toldTags);

    /// <summary>Notes that an entry is there, or about to be.</summary>
    public void ExpectHit(string key)
    {
        if (_plans.TryGetValue(key, out var known))
        {
            known.ExpectsMiss = false;
        }
    }

    /// <summary>Notes that an entry has been removed.</summary>
    public void ExpectMiss(string key)
    {
        if (_plans.TryGetValue(key, out var known))
        {
            known.ExpectsMiss = true;
        }
    }

    private CacheReadPlan Remember(string key, string[] tags, string[] toldTags)
    {
        var plan = store.Plan(key, toldTags.Length == 0 ? tags : [.. toldTags.Union(tags)]) with { ToldTags = toldTags };
        if (_plans.TryGetValue(key, out var known))
        {
            plan.ExpectsMiss = known.ExpectsMiss;
        }
        else
        {
            // Counted here, roughly: the dictionary takes all of its locks to count.
            if (Interlocked.Increment(ref _count) > Maximum)
            {
                _hasForgotten = true;
                Interlocked.Exchange(ref _count, 1);
                _plans.Clear();
            }

            // An entry without a plan may have been read before, once plans have been forgotten.
            plan.ExpectsMiss = !_hasForgotten;
        }

        return _plans[key] = plan;
    }
}
