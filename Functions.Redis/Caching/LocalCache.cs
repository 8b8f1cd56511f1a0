using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Memory;

namespace Functions.Redis.Caching;

/// <summary>The first level: values in this process, in front of Redis, bounded in bytes.</summary>
/// <remarks>
/// Whoever wants to store a value takes guards for its key and tags <em>before</em> Redis is asked. A removal that is heard of meanwhile makes
/// the guards fall, so an older value that arrives late is dead when it is stored.
/// </remarks>
internal sealed class LocalCache(CacheOptions options) : IDisposable
{
    /// <summary>What an entry costs beside its value: key, guards, the entries of two dictionaries.</summary>
    private const int EntryOverhead = 400;

    private readonly MemoryCache _entries = new(new MemoryCacheOptions { SizeLimit = Math.Max(1, options.MaximumLocalBytes) });
    private readonly ConcurrentDictionary<(char Kind, string Name), LocalGuard> _guards = new();
    private readonly int _maximumGuards = (int)Math.Clamp(options.MaximumLocalBytes / 100, 1_000, 1_000_000);
    private volatile bool _isEnabled;
    private volatile LocalGuard _everything = new();

    /// <summary>
    /// Whether removals are certainly heard of. Switched off, it forgets everything; it is off until it is switched on for the first time.
    /// </summary>
    public bool IsEnabled
    {
        get => _isEnabled;
        set
        {
            if (_isEnabled != value)
            {
                // Also when it is switched on: guards that were taken while it was off have missed removals.
                Clear();
                _isEnabled = value;
                if (!value)
                {
                    Clear();
                }
            }
        }
    }

    /// <summary>The value of <paramref name="key"/>, if it is there and has not been removed.</summary>
    public bool TryGet<T>(string key, [NotNullWhen(true)] out LocalEntry<T>? entry)
    {
        if (_isEnabled && _entries.TryGetValue(key, out var found) && found is LocalEntry<T> { Guards.AreStanding: true } current)
        {
            entry = current;
            return true;
        }

        entry = null;
        return false;
    }

    /// <summary>Guards for a value that is about to be read.</summary>
    public LocalGuards TakeGuards(string key, string[] tags)
    {
        if (_guards.Count > _maximumGuards)
        {
            Clear();
        }

        // That of everything first: see Clear.
        var guards = new LocalGuard[tags.Length + 2];
        guards[0] = _everything;
        guards[1] = Guard('k', key);
        for (var i = 0; i < tags.Length; i++)
        {
            guards[i + 2] = Guard('t', tags[i]);
        }

        return new LocalGuards(tags, guards);
    }

    /// <summary>Stores a value under the guards that were taken before it was read.</summary>
    public void Set<T>(string key, FilledValue<T> filled, LocalGuards guards, TimeSpan expiration)
    {
        if (!_isEnabled || expiration <= TimeSpan.Zero)
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
        Fall('k', key);
        _entries.Remove(key);
    }

    /// <summary>Makes every entry under <paramref name="tag"/> invalid, however many there are.</summary>
    public void RemoveTag(string tag)
    {
        if (tag == CacheNames.Everything)
        {
            Clear();
        }
        else
        {
            Fall('t', tag);
        }
    }

    public void Dispose() => _entries.Dispose();

    private void Clear()
    {
        // Forgotten guards no longer fall by themselves. Who has one took the guard of everything before it, so that one falls after they
        // have gone; exchanged, as of two who clear at once each must let fall what it replaces.
        _guards.Clear();
        Interlocked.Exchange(ref _everything, new LocalGuard()).Fall();
        _entries.Clear();
    }

    private LocalGuard Guard(char kind, string name) => _guards.GetOrAdd((kind, name), static _ => new LocalGuard());

    private void Fall(char kind, string name)
    {
        if (_guards.TryRemove((kind, name), out var guard))
        {
            guard.Fall();
        }
    }
}
