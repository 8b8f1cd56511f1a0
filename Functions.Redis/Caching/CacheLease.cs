using StackExchange.Redis;

namespace Functions.Redis.Caching;

/// <summary>The lease of an entry, as one reader in this process asks for it.</summary>
/// <param name="key">The key of the entry.</param>
/// <param name="keys">Those of entry and lease in Redis.</param>
/// <param name="token">Tells it from all other leases.</param>
/// <param name="fingerprint">Of the tag generations that the reader saw, or expects.</param>
internal class CacheLease(string key, RedisKey[] keys, ulong token, ulong fingerprint)
{
    private volatile bool _isHeld;

    public string Key { get; } = key;

    public RedisKey[] Keys { get; } = keys;

    public ulong Token { get; } = token;

    public ulong Fingerprint { get; } = fingerprint;

    /// <summary>Whether it has been granted, and its factory runs: then it is to be renewed.</summary>
    public bool IsHeld
    {
        get => _isHeld;
        set => _isHeld = value;
    }
}

/// <summary>A lease with the run of the factory that it allows. Readers in this process who find that it is held join the run.</summary>
internal sealed class CacheLease<T>(string key, RedisKey[] keys, ulong token, ulong fingerprint) : CacheLease(key, keys, token, fingerprint)
{
    public CacheFlight<FilledValue<T>> Flight { get; } = new();

    /// <summary>Whether it was granted to a reader who asked for it before it had the answer to its read.</summary>
    public Task<bool>? Claim { get; set; }

    /// <summary>The epoch before it was granted; null where the value cannot tell any tags.</summary>
    public Task<RedisValue>? Epoch { get; set; }
}
