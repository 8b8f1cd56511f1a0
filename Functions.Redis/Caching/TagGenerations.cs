using System.Buffers.Binary;
using System.Text;

namespace Functions.Redis.Caching;

/// <summary>The generations that some tags had at one moment; a tag without one (new, expired or evicted) has null.</summary>
internal sealed class TagGenerations(string[] tags, ulong?[] values, ulong? everything)
{
    /// <summary>The generation of the tag that every entry has.</summary>
    public ulong? Everything { get; private set; } = everything;

    /// <summary>True if every tag has a generation, so that a value may be stored under them.</summary>
    public bool IsComplete => Everything is not null && Array.TrueForAll(values, value => value is not null);

    /// <summary>Looks a tag up by the bytes of its name; false if its generation has not been asked for.</summary>
    public bool TryGet(ReadOnlySpan<byte> tag, out ulong? generation)
    {
        for (var i = 0; i < tags.Length; i++)
        {
            if (Ascii.Equals(tag, tags[i]) || (!Ascii.IsValid(tag) && Encoding.UTF8.GetString(tag) == tags[i]))
            {
                generation = values[i];
                return true;
            }
        }

        generation = null;
        return false;
    }

    /// <summary>The same with more tags.</summary>
    public TagGenerations With(string[] moreTags, ulong?[] moreValues) => new([.. tags, .. moreTags], [.. values, .. moreValues], Everything);

    /// <summary>Whether the generation of <paramref name="tag"/> has been asked for.</summary>
    public bool Covers(string tag) => Array.IndexOf(tags, tag) >= 0;

    /// <summary>The tags with their generations, for an entry stored under <paramref name="wanted"/>.</summary>
    public TagGeneration[] For(IReadOnlyCollection<string> wanted) =>
        [.. wanted.Select(tag => new TagGeneration(tag, values[Array.IndexOf(tags, tag)]!.Value))];

    /// <summary>Fills in the generations that were missing.</summary>
    public async Task CompleteAsync(Func<string?, Task<ulong>> ensureAsync)
    {
        // All are sent before the first is awaited: one round trip.
        var everything = Everything is null ? ensureAsync(null) : null;
        var pending = new Task<ulong>?[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            pending[i] = values[i] is null ? ensureAsync(tags[i]) : null;
        }

        for (var i = 0; i < values.Length; i++)
        {
            if (pending[i] is { } task)
            {
                values[i] = await task;
            }
        }

        if (everything is not null)
        {
            Everything = await everything;
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
            sum = unchecked(sum + values[Array.IndexOf(tags, tag)].GetValueOrDefault());
        }

        return sum;
    }

    /// <summary>A generation as Redis keeps it, or null where it keeps none.</summary>
    public static ulong? Parse(ReadOnlyMemory<byte>? value) =>
        value is { Length: 8 } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span) : null;
}
