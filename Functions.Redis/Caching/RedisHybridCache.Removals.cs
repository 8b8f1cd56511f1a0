namespace Functions.Redis.Caching;

public sealed partial class RedisHybridCache
{
    /// <inheritdoc/>
    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(RemoveStoredAsync(key));
    }

    /// <inheritdoc/>
    public override ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        string[] list = [.. keys ?? []]; // The abstraction takes null for an empty list.
        foreach (var key in list)
        {
            ArgumentNullException.ThrowIfNull(key, nameof(keys));
        }

        return new(RemoveStoredAsync(list));
    }

    /// <summary>Removes every entry stored under <paramref name="tag"/>, however many there are; <c>*</c> removes all.</summary>
    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => RemoveByTagAsync([tag], cancellationToken);

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
        // As above. Nothing is stored under a tag that no entry can have.
        string[] names = [.. (tags ?? []).Where(CacheNames.IsTag).Distinct(StringComparer.Ordinal)];
        return new(RemoveAsync([], names));
    }

    // Nothing is stored under the others. Those that are too long are removed all the same: another instance may allow more.
    private Task RemoveStoredAsync(params string[] keys) =>
        RemoveAsync(Array.FindAll(keys, static key => CacheNames.FaultOf(key, int.MaxValue) == CacheNameFault.None), []);

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
