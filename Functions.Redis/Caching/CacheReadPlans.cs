using System.Collections.Concurrent;

namespace Functions.Redis.Caching;

/// <summary>
/// The plans of entries that have been read before, so that a hit does not put its keys together again. They remember the tags that values
/// told, too: asked for in advance, those spare a second round trip.
/// </summary>
internal sealed class CacheReadPlans(CacheStore store)
{
    private const int Maximum = 10_000;
    private const int MaximumTrend = 16;

    private readonly ConcurrentDictionary<string, CacheReadPlan> _plans = new(StringComparer.Ordinal);
    // How the first reads of entries that the process knows nothing of have ended lately: above 0 mostly as misses. A counter that saturates, as
    // predictors of branches have; a hit weighs more, as a claim in vain costs more than a miss without.
    private volatile int _trend = 1;
    private int _count;

    /// <summary>The plan for an entry with at least <paramref name="tags"/>.</summary>
    public CacheReadPlan For(string key, string[] tags)
    {
        var known = _plans.GetValueOrDefault(key);
        return known is not null && known.Covers(tags) ? known : Remember(key, tags, known?.ToldTags ?? []);
    }

    /// <summary>Notes which tags the value of an entry told.</summary>
    public void Expect(string key, string[] toldTags) => Remember(key, [], toldTags);

    /// <summary>Notes whether the first read of an entry that the process knew nothing of found something.</summary>
    public void Learn(CacheReadPlan plan, bool found)
    {
        plan.IsUnknown = false;
        _trend = found ? Math.Max(-MaximumTrend, _trend - 2) : Math.Min(MaximumTrend, _trend + 1);
    }

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
            plan.IsUnknown = known.IsUnknown;
        }
        else
        {
            // Counted here, roughly: the dictionary takes all of its locks to count.
            if (Interlocked.Increment(ref _count) > Maximum)
            {
                _trend = Math.Min(_trend, 0); // An entry without a plan may be one that is known to be there.
                Interlocked.Exchange(ref _count, 1);
                _plans.Clear();
            }

            plan.IsUnknown = true;
            plan.ExpectsMiss = _trend > 0;
        }

        return _plans[key] = plan;
    }
}
