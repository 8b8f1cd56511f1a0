using StackExchange.Redis;

namespace Functions.Redis.Caching;

/// <summary>What a read of one entry asks Redis for.</summary>
/// <param name="Tags">The tags whose generations are asked for.</param>
/// <param name="Keys">The keys of the entry, of "everything" and of the tags, in this order.</param>
internal sealed record CacheReadPlan(string[] Tags, RedisKey[] Keys)
{
    /// <summary>Those of the tags that the entry's value told when it was last seen.</summary>
    public string[] ToldTags { get; init; } = [];

    /// <summary>
    /// Whether the entry is probably not there: this process has removed it, or knows nothing of it, and what it knew nothing of has mostly not
    /// been there lately.
    /// </summary>
    public bool ExpectsMiss { get; set; }

    /// <summary>Whether the process knows nothing of the entry; so until its first read has ended.</summary>
    public bool IsUnknown { get; set; }

    /// <summary>Whether all of <paramref name="tags"/> are asked for.</summary>
    public bool Covers(string[] tags)
    {
        foreach (var tag in tags)
        {
            if (Array.IndexOf(Tags, tag) < 0)
            {
                return false;
            }
        }

        return true;
    }
}
