namespace Functions.Redis.Caching;

/// <summary>What is wrong with the names of an entry that is not cached because of them.</summary>
internal enum CacheNameFault
{
    None,

    /// <summary>The key is null, empty or white space.</summary>
    BlankKey,

    /// <summary>The key is longer than <see cref="CacheOptions.MaximumKeyLength"/>.</summary>
    LongKey,

    /// <summary>The key has half a surrogate pair.</summary>
    MalformedKey,

    /// <summary>A tag is longer than <see cref="CachePayload.MaximumTagBytes"/>.</summary>
    LongTag,

    /// <summary>A tag has half a surrogate pair.</summary>
    MalformedTag,

    /// <summary>There are more tags than <see cref="CachePayload.MaximumTags"/>.</summary>
    TooManyTags,
}
