using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Memory;

namespace Functions.Redis.Caching;

/// <summary>The first level: values in this process, in front of Redis, bounded in bytes.</summary>
/// <remarks>
/// Whoever wants to store a value takes guards for its key and tags <em>before</em> Redis is asked. A removal that is heard of meanwhile makes
/// the guards fall, so an older value that arrives late is dead when it is stored. How long the guards can be relied on is the matter of
/// <see cref="LocalHearing"/>.
/// </remarks>
internal sealed class LocalCache(CacheOptions options, TimeProvider time) : IDisposable
{
    /// <summary>What an entry costs beside its value: key, guards, the entries of two dictionaries.</summary>
    private const int EntryOverhead = 400;

    /// <summary>What guards are for: a tag, a key as it is read, the value that was last set in this process.</summary>
    private const char Tag = 't', Key = 'k', SetValue = 's';

    private readonly MemoryCache _entries = new(new MemoryCacheOptions { SizeLimit = Math.Max(1, options.MaximumLocalBytes) });
    private readonly ConcurrentDictionary<(char Kind, string Name), LocalGuard> _guards = new();
    private readonly LocalHearing _hearing = new(options, time);
    private readonly int _maximumGuards = (int)Math.Clamp(options.MaximumLocalBytes / 100, 1_000, 1_000_000);
    private volatile LocalGuard _everything = new();
    private long _tagRemovals;
    private volatile bool _isClosed;

    /// <summary>Whether removals are heard of.</summary>
    public bool IsHearing => _hearing.IsHearing;

    /// <inheritdoc cref="LocalHearing.HasMissedHeartbeats"/>
    public bool HasMissedHeartbeats => _hearing.HasMissedHeartbeats;

    /// <inheritdoc cref="LocalHearing.OutageExpiration"/>
    public TimeSpan OutageExpiration => _hearing.OutageExpiration;

    /// <summary>
    /// How many removals of tags have been heard of. What begins and ends at the same number has not missed the removal of a tag that it
    /// did not know when it began.
    /// </summary>
    public long TagRemovals => Volatile.Read(ref _tagRemovals);

    /// <summary>Notes a heartbeat that was sent at a timestamp. The first after an interruption drops what was kept before: Redis can be asked again.</summary>
    public void Hear(long sent)
    {
        if (_hearing.Hear(sent))
        {
            Clear();
        }
    }

    /// <inheritdoc cref="LocalHearing.Interrupt"/>
    public bool Interrupt() => _hearing.Interrupt();

    /// <summary>Drops everything, and keeps nothing any more.</summary>
    public void Close()
    {
        _isClosed = true;
        Clear();
    }

    /// <summary>The value of <paramref name="key"/>, if it is there and has not been removed.</summary>
    public bool TryGet<T>(string key, [NotNullWhen(true)] out LocalEntry<T>? entry)
    {
        if (_entries.TryGetValue(key, out var found) && found is LocalEntry<T> { Guards.AreStanding: true } current)
        {
            entry = current;
            return true;
        }

        entry = null;
        return false;
    }

    /// <summary>Guards for a value that is about to be read.</summary>
    public LocalGuards TakeGuards(string key, string[] tags) => TakeGuards(key, tags, null);

    /// <summary>
    /// Guards for a value that is about to be set. They are not those of readers, who may still read the older one: their guards fall when
    /// the set has been made.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="tags">The tags.</param>
    /// <param name="token">What the message of the set to all instances will name, this one included.</param>
    public LocalGuards TakeGuardsToSet(string key, string[] tags, ulong token) => TakeGuards(key, tags, token);

    /// <summary>Adds guards for tags that were not known when the others were taken.</summary>
    /// <returns>Null if one of them may have been removed in between.</returns>
    public LocalGuards? Cover(LocalGuards guards, string[] tags)
    {
        if (guards.Cover(tags))
        {
            return guards;
        }

        var late = Array.FindAll(tags, tag => !guards.Cover([tag]));
        var covering = guards with { Tags = [.. guards.Tags, .. late], Guards = [.. guards.Guards, .. late.Select(tag => Guard(Tag, tag))] };

        // Looked at afterwards: a removal is counted before guards fall, so that it shows in the one or the other.
        return TagRemovals == guards.TagRemovals ? covering : null;
    }

    /// <summary>Stores a value under the guards that were taken before it was read.</summary>
    public void Set<T>(string key, FilledValue<T> filled, LocalGuards guards, TimeSpan expiration)
    {
        if (_isClosed || expiration <= TimeSpan.Zero || !guards.AreStanding)
        {
            return;
        }

        using var entry = _entries.CreateEntry(key);
        entry.Size = filled.Serialized.Length + EntryOverhead;
        entry.AbsoluteExpirationRelativeToNow = expiration;
        entry.Value = new LocalEntry<T>(filled, guards);
    }

    public void RemoveKey(string key)
    {
        Fall(Key, key);
        Fall(SetValue, key);
        _entries.Remove(key);
    }

    /// <summary>Drops all values of <paramref name="key"/> but that of the set named <paramref name="token"/>, which has been made.</summary>
    public void Replace(string key, ulong token)
    {
        Fall(Key, key);
        if (_guards.TryGetValue((SetValue, key), out var guard) && guard.SetToken == token)
        {
            return;
        }

        Fall(SetValue, key);
        _entries.Remove(key);
    }

    /// <summary>Makes every entry under <paramref name="tag"/> invalid, however many there are.</summary>
    public void RemoveTag(string tag)
    {
        Interlocked.Increment(ref _tagRemovals);
        if (tag == CacheNames.Everything)
        {
            Clear();
        }
        else
        {
            Fall(Tag, tag);
        }
    }

    public void Dispose() => _entries.Dispose();

    private LocalGuards TakeGuards(string key, string[] tags, ulong? setToken)
    {
        if (_guards.Count > _maximumGuards)
        {
            Clear();
        }

        // That of everything first: see Clear. What tells of removals that may be missed comes before the rest, too.
        var guards = new LocalGuard[tags.Length + 2];
        guards[0] = _everything;
        var removals = TagRemovals;
        var heard = _hearing.Current;
        guards[1] = setToken is null ? Guard(Key, key) : SetGuard(key, setToken.Value);
        for (var i = 0; i < tags.Length; i++)
        {
            guards[i + 2] = Guard(Tag, tags[i]);
        }

        return new LocalGuards(tags, guards, heard, removals);
    }

    private void Clear()
    {
        // Forgotten guards no longer fall by themselves. Who has one took the guard of everything before it, so that one falls after they
        // have gone; exchanged, as of two who clear at once each must let fall what it replaces.
        _guards.Clear();
        Interlocked.Exchange(ref _everything, new LocalGuard()).Fall();
        _entries.Clear();
    }

    private LocalGuard Guard(char kind, string name) => _guards.GetOrAdd((kind, name), static _ => new LocalGuard());

    // Of two sets at once the later one's; the other's value is not kept.
    private LocalGuard SetGuard(string key, ulong token) => _guards.AddOrUpdate(
        (SetValue, key),
        static (_, token) => new LocalGuard(token),
        static (_, older, token) =>
        {
            older.Fall();
            return new LocalGuard(token);
        },
        token);

    private void Fall(char kind, string name)
    {
        if (_guards.TryRemove((kind, name), out var guard))
        {
            guard.Fall();
        }
    }
}
