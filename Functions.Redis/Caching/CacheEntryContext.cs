namespace Functions.Redis.Caching;

/// <summary>What a factory may say about the entry that it makes.</summary>
public sealed class CacheEntryContext
{
    private readonly string[] _known;
    private List<string>? _told;

    /// <summary>A context for a factory that is called without the cache, as in a test.</summary>
    public CacheEntryContext() : this([])
    {
    }

    internal CacheEntryContext(string[] tags) => _known = tags;

    /// <summary>Time to live instead of the one that the caller asked for; null leaves it. Zero or less: the value is not cached.</summary>
    public TimeSpan? Expiration { get; set; }

    /// <summary>Whether there are tags beside those that the caller named.</summary>
    internal bool TellsTags => _told is not null;

    /// <summary>All tags, also those that the caller named.</summary>
    internal string[] Tags => _told is null ? _known : [.. _known, .. _told];

    /// <summary>Adds a tag that only the value tells, beside those that the caller named.</summary>
    /// <exception cref="ArgumentException">The tag is empty, too long or <c>*</c>, or the entry has 255 already.</exception>
    public void AddTag(string tag)
    {
        CacheNames.ValidateEntryTag(tag);
        if (_known.Contains(tag) || _told?.Contains(tag) == true)
        {
            return;
        }

        CacheNames.ValidateTagCount(_known.Length + (_told?.Count ?? 0) + 1);
        (_told ??= []).Add(tag);
    }
}
