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

    /// <summary>The plan for an entry with at least <paramref name="tags"/>.</summary>
    public CacheReadPlan For(string key, string[] tags)
    {
        var known = _plans.GetValueOrDefault(key);
        return known is not null && known.Covers(tags) ? known : Remember(key, tags, known?.ToldTags ?? []);
    }

    /// <summary>Notes which tags the value of an entry told.</summary>
    public void Expect(string key, string[] toldTags) => Remember(key, [], toldTags);

    private CacheReadPlan Remember(string key, string[] tags, string[] toldTags)
    {
        if (_plans.Count >= Maximum && !_plans.ContainsKey(key))
        {
            _plans.Clear();
        }

        return _plans[key] = store.Plan(key, toldTags.Length == 0 ? tags : [.. toldTags.Union(tags)]) with { ToldTags = toldTags };
    }
}
