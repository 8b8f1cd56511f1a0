using System.Text;

namespace Functions.Redis.Caching;

/// <summary>What keys and tags may be.</summary>
internal static class CacheNames
{
    /// <summary>The tag that every entry has.</summary>
    public const string Everything = "*";

    // Up to so many, comparing each with each costs less than a set.
    private const int FewTags = 16;

    /// <summary>Why nothing can be cached under a key.</summary>
    public static CacheNameFault FaultOf(string? key, int maximumLength) =>
        string.IsNullOrWhiteSpace(key) ? CacheNameFault.BlankKey
        : key.Length > maximumLength ? CacheNameFault.LongKey
        : IsMalformed(key) ? CacheNameFault.MalformedKey
        : CacheNameFault.None;

    /// <summary>Why nothing can be cached under tags.</summary>
    /// <exception cref="ArgumentException">A tag is null, empty, white space or <c>*</c>, which is a mistake whatever is cached.</exception>
    public static CacheNameFault FaultOf(string[] tags)
    {
        var fault = tags.Length > CachePayload.MaximumTags ? CacheNameFault.TooManyTags : CacheNameFault.None;
        foreach (var tag in tags)
        {
            ThrowIfBlankOrReserved(tag, nameof(tags));
            if (fault == CacheNameFault.None)
            {
                fault = FaultOf(tag);
            }
        }

        return fault;
    }

    /// <summary>Whether an entry can have been stored under a tag; <c>*</c> is one of all.</summary>
    public static bool IsTag(string? tag) => !string.IsNullOrWhiteSpace(tag) && FaultOf(tag) == CacheNameFault.None;

    /// <exception cref="ArgumentException">An entry cannot have the tag.</exception>
    public static void ValidateEntryTag(string tag)
    {
        ThrowIfBlankOrReserved(tag, nameof(tag));
        if (FaultOf(tag) is not CacheNameFault.None and var fault)
        {
            throw new ArgumentException(
                fault == CacheNameFault.LongTag ? $"A tag has {CachePayload.MaximumTagBytes} bytes in UTF-8 at most." : "The tag has half a surrogate pair.", nameof(tag));
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

    /// <summary>A copy, each tag once: what is remembered must not change when the caller uses its own list again.</summary>
    public static string[] Copy(IEnumerable<string> tags)
    {
        string[] names = [.. tags];
        if (names.Length > FewTags)
        {
            return [.. names.Distinct(StringComparer.Ordinal)];
        }

        for (var i = 1; i < names.Length; i++)
        {
            if (Array.IndexOf(names, names[i], 0, i) >= 0)
            {
                return [.. names.Distinct(StringComparer.Ordinal)];
            }
        }

        return names;
    }

    private static CacheNameFault FaultOf(string tag) =>
        Encoding.UTF8.GetByteCount(tag) > CachePayload.MaximumTagBytes ? CacheNameFault.LongTag
        : IsMalformed(tag) ? CacheNameFault.MalformedTag
        : CacheNameFault.None;

    private static void ThrowIfBlankOrReserved(string tag, string parameter)
    {
        if (string.IsNullOrWhiteSpace(tag))
        {
            throw new ArgumentException("A tag must not be null, empty or white space.", parameter);
        }

        if (tag == Everything)
        {
            throw new ArgumentException("The tag '*' stands for all entries and cannot be given to one.", parameter);
        }
    }

    // In UTF-8 all lone surrogates become the same character: different names would be one.
    private static bool IsMalformed(string name)
    {
        var rest = name.AsSpan();
        for (var i = rest.IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0; i = rest.IndexOfAnyInRange('\uD800', '\uDFFF'))
        {
            if (!Rune.TryCreate(rest[i], i + 1 < rest.Length ? rest[i + 1] : '\0', out _))
            {
                return true;
            }

            rest = rest[(i + 2)..];
        }

        return false;
    }
}
