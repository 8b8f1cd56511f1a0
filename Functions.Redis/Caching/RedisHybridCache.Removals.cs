namespace Functions.Redis.Caching;

public sealed partial class RedisHybridCache
{
    /// <inheritdoc/>
    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        CacheNames.ValidateKey(key);
        return new(RemoveAsync([key], []));
    }

    /// <inheritdoc/>
    public override ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        string[] list = [.. keys ?? []]; // The abstraction takes null for an empty list.
        Array.ForEach(list, CacheNames.ValidateKey);
        return new(RemoveAsync(list, []));
    }

    /// <summary>Removes every entry stored under <paramref name="tag"/>, however many there are; <c>*</c> removes all.</summary>
    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default)
    {
        CacheNames.ValidateTag(tag);
        return new(RemoveAsync([], [tag]));
    }

    /// <summary>Drops what this process has in its first level under <paramref name="tags"/>; nothing is sent to Redis.</summary>
    public void RemoveLocalByTag(IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        foreach (var tag in tags)
        {
            _local.RemoveTag(tag);
        }
    }

    /// <summary>Removes every entry stored under one of <paramref name="tags"/>, however many there are; <c>*</c> removes all.</summary>
    public override ValueTask RemoveByTagAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default)
    {
        string[] names = [.. (tags ?? []).Distinct(StringComparer.Ordinal)]; // As above.
        Array.ForEach(names, CacheNames.ValidateTag);
        return new(RemoveAsync([], names));
    }

    // Either keys or tags.
    private async Task RemoveAsync(string[] keys, string[] tags)
    {
        if (keys.Length == 0 && tags.Length == 0)
        {
            return;
        }

        CacheMetrics.Removed("key", keys.Length);
        CacheMetrics.Removed("tag", tags.Length);
        try
        {
            await (tags.Length == 0 ? Store.RemoveAsync(keys) : Store.RemoveByTagAsync(tags));
        }
        catch (Exception exception) when (CacheCircuit.IsOutage(exception))
        {
            _pending.Add(keys, tags);
            throw;
        }
        finally
        {
            foreach (var key in keys)
            {
                _local.RemoveKey(key);
                _plans.ExpectMiss(key);
            }

            foreach (var tag in tags)
            {
                _local.RemoveTag(tag);
                Tags.Forget(tag);
            }
        }
    }
}
