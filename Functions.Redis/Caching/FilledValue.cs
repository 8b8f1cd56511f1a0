using StackExchange.Redis;

namespace Functions.Redis.Caching;

/// <summary>What a factory made, for the caller whose factory it was and for those who waited.</summary>
/// <param name="Value">The instance that the factory returned.</param>
/// <param name="Serialized">Its bytes, from which everybody else gets an instance of their own; empty for null.</param>
/// <param name="TellsTags">Whether it has tags that nobody knew before it was made.</param>
/// <param name="Epoch">The epoch before it was made; null if Redis did not say.</param>
internal sealed record FilledValue<T>(T Value, ReadOnlyMemory<byte> Serialized, bool TellsTags = false, RedisValue? Epoch = null)
{
    /// <summary>
    /// Whether a reader may have it who found <paramref name="epoch"/> and the same generations of the tags known before. Where the value
    /// told further tags, one of those may have been removed after the factory had begun and before the reader asked, unless no tag at
    /// all was.
    /// </summary>
    public bool IsFor(RedisValue? epoch) => !TellsTags || (epoch is not null && Epoch is not null && epoch.Value == Epoch.Value);
}
