using System.Text;

namespace Functions.Redis.Caching;

/// <summary>What keys and tags may be.</summary>
internal static class CacheNames
{
    /// <summary>The tag that every entry has.</summary>
    public const string Everything = "*";

    private const int MaximumKeyLength = 1024;

    /// <exception cref="ArgumentException">The key is empty, too long or not well-formed UTF-16.</exception>
    public static void ValidateKey(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, MaximumKeyLength, nameof(key));
        ThrowIfMalformed(key, nameof(key));
    }

    /// <exception cref="ArgumentException">The tag is empty, too long or not well-formed UTF-16.</exception>
    public static void ValidateTag(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(tag), CachePayload.MaximumTagBytes, nameof(tag));
        ThrowIfMalformed(tag, nameof(tag));
    }

    /// <exception cref="ArgumentException">An entry cannot have the tag.</exception>
    public static void ValidateEntryTag(string tag)
    {
        ValidateTag(tag);
        if (tag == Everything)
        {
            throw new ArgumentException("The tag '*' stands for all entries and cannot be given to one.", nameof(tag));
        }
    }

    /// <exception cref="ArgumentException">An entry cannot have so many tags.</exception>
    public static void ValidateTagCount(int count)
    {
        if (count > CachePayload.MaximumTags)
        {
            throw new ArgumentException($"An entry can have {CachePayload.MaximumTags} tags, not {count}.", nameof(count));
        }
    }

    // In UTF-8 all lone surrogates become the same character: different names would be one.
    private static void ThrowIfMalformed(string name, string parameter)
    {
        var rest = name.AsSpan();
        for (var i = rest.IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0; i = rest.IndexOfAnyInRange('\uD800', '\uDFFF'))
        {
            if (!Rune.TryCreate(rest[i], i + 1 < rest.Length ? rest[i + 1] : '\0', out _))
            {
                throw new ArgumentException("The name has half a surrogate pair.", parameter);
            }

            rest = rest[(i + 2)..];
        }
    }
}
