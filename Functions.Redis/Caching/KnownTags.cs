using System.Collections.Concurrent;

namespace Functions.Redis.Caching;

/// <summary>
/// What this process last saw of tags. A memory, never the truth: what is done by it is checked against what Redis answers, or costs a miss
/// if it was wrong.
/// </summary>
internal sealed class KnownTags(CacheOptions options, TimeProvider time)
{
    private const int Maximum = 10_000;

    private readonly ConcurrentDictionary<string, Known> _tags = new(StringComparer.Ordinal);

    /// <summary>Notes the generations that a reader found.</summary>
    public void Note(string[] tags, TagGenerations generations)
    {
        Note(CacheNames.Everything, generations.Everything);
        foreach (var tag in tags)
        {
            Note(tag, generations.Of(tag));
        }
    }

    /// <summary>Notes that a tag has been removed: nobody has seen its new generation yet.</summary>
    public void Forget(string tag) => _tags.TryRemove(tag, out _);

    /// <summary>The fingerprint that a reader will find if nothing has changed; false where one of the generations is not known.</summary>
    public bool TryFingerprint(string[] tags, out ulong fingerprint)
    {
        fingerprint = 0;
        if (!_tags.TryGetValue(CacheNames.Everything, out var known))
        {
            return false;
        }

        fingerprint = known.Generation;
        foreach (var tag in tags)
        {
            if (!_tags.TryGetValue(tag, out known))
            {
                return false;
            }

            fingerprint = unchecked(fingerprint + known.Generation);
        }

        return true;
    }

    /// <summary>
    /// Whether a tag must be told to live longer, because an entry that is about to be stored under it might outlive it. The answer yes is
    /// taken to be acted upon.
    /// </summary>
    public bool MustBeKept(string tag, TimeSpan expiration)
    {
        if (!_tags.TryGetValue(tag, out var known))
        {
            return true;
        }

        // It lives for its whole time from when it was last told. Half of what is left then is a margin, for clocks that go differently.
        var now = time.GetTimestamp();
        if (known.Kept is { } kept && time.GetElapsedTime(kept, now) <= (options.TagLifetime - expiration) / 2)
        {
            return false;
        }

        known.Kept = now;
        return true;
    }

    private void Note(string tag, ulong? generation)
    {
        if (generation is null)
        {
            _tags.TryRemove(tag, out _);
        }
        else if (!_tags.TryGetValue(tag, out var known) || known.Generation != generation)
        {
            if (_tags.Count >= Maximum)
            {
                _tags.Clear();
            }

            _tags[tag] = new Known(generation.Value);
        }
    }

    private sealed class Known(ulong generation)
    {
        public ulong Generation { get; } = generation;

        public long? Kept { get; set; }
    }
}
