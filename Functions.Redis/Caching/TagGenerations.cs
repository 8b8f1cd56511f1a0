using System.Buffers.Binary;
using System.Text;
using StackExchange.Redis;

namespace Functions.Redis.Caching;

/// <summary>The generations that some tags had at one moment; a tag without one (new, expired or evicted) has null.</summary>
/// <param name="tags">The tags.</param>
/// <param name="reply">
/// What Redis answered to a <see cref="CacheReadPlan"/>: the entry, the generation of everything, those of <paramref name="tags"/>. Read where
/// it lies; a hit makes no copy.
/// </param>
internal readonly struct TagGenerations(string[] tags, RedisValue[] reply)
{
    private const int EverythingAt = 1;
    private const int FirstTagAt = 2;

    /// <summary>The generation of the tag that every entry has.</summary>
    public ulong? Everything => Parse(reply[EverythingAt]);

    /// <summary>True if every tag has a generation, so that a value may be stored under them.</summary>
    public bool IsComplete
    {
        get
        {
            for (var i = EverythingAt; i < reply.Length; i++)
            {
                if (Parse(reply[i]) is null)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Looks a tag up by the bytes of its name; false if its generation has not been asked for.</summary>
    public bool TryGet(ReadOnlySpan<byte> tag, out ulong? generation)
    {
        for (var i = 0; i < tags.Length; i++)
        {
            if (Ascii.Equals(tag, tags[i]) || (!Ascii.IsValid(tag) && Encoding.UTF8.GetString(tag) == tags[i]))
            {
                generation = Parse(reply[FirstTagAt + i]);
                return true;
            }
        }

        generation = null;
        return false;
    }

    /// <summary>The same with more tags.</summary>
    public TagGenerations With(string[] moreTags, RedisValue[] moreGenerations) => new([.. tags, .. moreTags], [.. reply, .. moreGenerations]);

    /// <summary>Whether the generation of <paramref name="tag"/> has been asked for.</summary>
    public bool Covers(string tag) => Array.IndexOf(tags, tag) >= 0;

    /// <summary>The tags with their generations, for an entry stored under <paramref name="wanted"/>.</summary>
    public TagGeneration[] For(string[] wanted)
    {
        var found = new TagGeneration[wanted.Length];
        for (var i = 0; i < wanted.Length; i++)
        {
            found[i] = new TagGeneration(wanted[i], Of(wanted[i])!.Value);
        }

        return found;
    }

    /// <summary>Fills in the generations that were missing.</summary>
    /// <param name="ensureAsync">The generation of a tag, of everything for null, made where there is none.</param>
    public async Task CompleteAsync(Func<string?, Task<RedisValue>> ensureAsync)
    {
        // All are sent before the first is awaited: one round trip.
        var pending = new Task<RedisValue>?[reply.Length];
        for (var i = EverythingAt; i < reply.Length; i++)
        {
            pending[i] = Parse(reply[i]) is null ? ensureAsync(i == EverythingAt ? null : tags[i - FirstTagAt]) : null;
        }

        for (var i = EverythingAt; i < reply.Length; i++)
        {
            if (pending[i] is { } task)
            {
                reply[i] = await task;
            }
        }
    }

    /// <summary>
    /// One number for some of the tags: two readers that saw the same generations of them have the same, in whichever order they named
    /// them. The generations are random, so their sum is too.
    /// </summary>
    public ulong Fingerprint(string[] wanted)
    {
        var sum = Everything.GetValueOrDefault();
        foreach (var tag in wanted)
        {
            sum = unchecked(sum + Of(tag).GetValueOrDefault());
        }

        return sum;
    }

    /// <summary>A generation as Redis keeps it, or null where it keeps none.</summary>
    public static ulong? Parse(RedisValue value)
    {
        const int Length = sizeof(ulong);
        if (value.IsNull || value.GetByteCount() != Length)
        {
            return null;
        }

        // The client keeps short values without an array of their own, and would make one to hand out.
        Span<byte> bytes = stackalloc byte[Length];
        value.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>The generation of a tag that has been asked for.</summary>
    public ulong? Of(string tag) => Parse(reply[FirstTagAt + Array.IndexOf(tags, tag)]);
}
