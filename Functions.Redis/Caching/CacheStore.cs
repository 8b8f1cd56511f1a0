using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Caching;

/// <summary>The cache's commands: entries, leases and tag generations in Redis.</summary>
internal sealed class CacheStore(RedisConnection connection, CacheOptions options)
{
    private static readonly RedisScript Acquire = RedisScript.Load("Caching/acquire.lua");
    private static readonly RedisScript Fill = RedisScript.Load("Caching/fill.lua");
    private static readonly RedisScript Renew = RedisScript.Load("Caching/renew.lua");
    private static readonly RedisScript Release = RedisScript.Load("Caching/release.lua");
    private static readonly RedisScript SetScript = RedisScript.Load("Caching/set.lua");
    private static readonly RedisScript EnsureTag = RedisScript.Load("Caching/ensure_tag.lua");

    private readonly RedisValue _channel = options.KeyPrefix + CacheChannel.Suffix;
    private readonly RedisChannel _channelName = RedisChannel.Literal(options.KeyPrefix + CacheChannel.Suffix);
    private readonly RedisKey _everythingKey = options.KeyPrefix + "everything";
    private readonly RedisKey _epochKey = options.KeyPrefix + "epoch";

    /// <summary>A number that is never drawn twice.</summary>
    public static ulong NewToken()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>What is asked for to read an entry with the generations of <paramref name="tags"/>.</summary>
    public CacheReadPlan Plan(string key, string[] tags)
    {
        var keys = new RedisKey[tags.Length + 2];
        keys[0] = EntryKey(key);
        keys[1] = _everythingKey;
        for (var i = 0; i < tags.Length; i++)
        {
            keys[i + 2] = TagKey(tags[i]);
        }

        return new CacheReadPlan(tags, keys);
    }

    /// <summary>
    /// Reads an entry and the generations of tags: one command, on a cluster several sent together, and with
    /// <paramref name="withRemaining"/> one more for the time that the entry is kept.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CacheRead> ReadAsync(CacheReadPlan plan, bool withRemaining = false)
    {
        var database = await connection.GetDatabaseAsync();

        // The time first: where the entry is replaced between the two commands, an old one must not count as fresh.
        var remaining = withRemaining ? database.KeyTimeToLiveAsync(plan.Keys[0]) : null;
        var reply = await GetManyAsync(database, plan.Keys);
        return Read(plan, reply, remaining is null ? null : await remaining);
    }

    /// <summary>What a reply tells.</summary>
    public static CacheRead Read(CacheReadPlan plan, RedisValue[] reply, TimeSpan? remaining = null) => new(
        reply[0].IsNull ? (ReadOnlyMemory<byte>?)null : (ReadOnlyMemory<byte>)reply[0], new TagGenerations(plan.Tags, reply), remaining);

    /// <summary>Sends the command of a read at once; null where the connection is still to be made.</summary>
    public Task<RedisValue[]>? Send(CacheReadPlan plan) =>
        connection.Database is { } database ? GetManyAsync(database, plan.Keys) : null;

    /// <summary>How long an entry is still kept; null if it is gone.</summary>
    public async Task<TimeSpan?> ReadRemainingAsync(string key)
    {
        var database = await connection.GetDatabaseAsync();
        return await database.KeyTimeToLiveAsync(EntryKey(key));
    }

    /// <summary>The generations of <paramref name="tags"/> alone, null where there is none.</summary>
    public async Task<RedisValue[]> ReadGenerationsAsync(string[] tags)
    {
        var database = await connection.GetDatabaseAsync();
        return await GetManyAsync(database, Array.ConvertAll(tags, TagKey));
    }

    /// <summary>The generation of a tag (null: of everything), made where there is none.</summary>
    public async Task<RedisValue> EnsureGenerationAsync(string? tag)
    {
        var database = await connection.GetDatabaseAsync();
        RedisValue generation = (byte[]?)await EnsureTag.EvaluateAsync(
            database, [tag is null ? _everythingKey : TagKey(tag)], [Bytes(NewToken()), Milliseconds(options.TagLifetime)]);
        return TagGenerations.Parse(generation) is null ? throw new RedisException("The generation of a tag is not 8 bytes long.") : generation;
    }

    /// <summary>The number that changes before any tag is invalidated.</summary>
    public async Task<RedisValue> ReadEpochAsync()
    {
        var database = await connection.GetDatabaseAsync();
        return await database.StringGetAsync(_epochKey);
    }

    /// <summary>Asks for the lease of an entry.</summary>
    /// <returns>Who holds it: <paramref name="token"/> itself if it is granted, null if the entry was filled since it was read.</returns>
    public async Task<ulong?> AcquireAsync(string key, ulong token, ulong fingerprint, ReadOnlyMemory<byte> seenFill)
    {
        var database = await connection.GetDatabaseAsync();
        var reply = (byte[])(await Acquire.EvaluateAsync(
            database, [EntryKey(key), LeaseKey(key)], [Bytes(token), Bytes(fingerprint), seenFill, Milliseconds(options.LeaseDuration)]))!;
        return reply.Length switch
        {
            0 => token,
            1 => null,
            _ => BinaryPrimitives.ReadUInt64LittleEndian(reply),
        };
    }

    /// <summary>Stores what a factory returned; false if its lease is gone.</summary>
    public async Task<bool> FillAsync(string key, ulong token, byte[] payload, TimeSpan expiration, IReadOnlyCollection<string> tags)
    {
        var database = await connection.GetDatabaseAsync();
        KeepTags(database, tags);
        return (bool)await Fill.EvaluateAsync(
            database,
            [EntryKey(key), LeaseKey(key)],
            [Bytes(token), payload, Milliseconds(expiration), _channel, CacheChannel.Message(CacheChannel.LeaseEnded, key)]);
    }

    /// <summary>Prolongs a lease; false if it is gone.</summary>
    public async Task<bool> RenewAsync(string key, ulong token)
    {
        var database = await connection.GetDatabaseAsync();
        return (bool)await Renew.EvaluateAsync(database, [LeaseKey(key)], [Bytes(token), Milliseconds(options.LeaseDuration)]);
    }

    /// <summary>Whether the lease of an entry is the one named <paramref name="token"/>.</summary>
    public async Task<bool> IsHeldByAsync(string key, ulong token)
    {
        var database = await connection.GetDatabaseAsync();
        return await database.StringGetAsync(LeaseKey(key)) is { IsNull: false } lease && ((byte[])lease!).AsSpan().StartsWith(Bytes(token));
    }

    /// <summary>Gives a lease back.</summary>
    public async Task ReleaseAsync(string key, ulong token)
    {
        var database = await connection.GetDatabaseAsync();
        await Release.EvaluateAsync(
            database, [LeaseKey(key)], [Bytes(token), _channel, CacheChannel.Message(CacheChannel.LeaseEnded, key)]);
    }

    /// <summary>Stores a value, over whatever is there or on its way.</summary>
    public async Task SetAsync(string key, byte[] payload, TimeSpan expiration, IReadOnlyCollection<string> tags)
    {
        var database = await connection.GetDatabaseAsync();
        KeepTags(database, tags);
        await SetScript.EvaluateAsync(
            database,
            [EntryKey(key), LeaseKey(key)],
            [payload, Milliseconds(expiration), _channel, CacheChannel.Message(CacheChannel.KeyRemoved, key)]);
    }

    /// <summary>Removes entries, and the leases of whoever is filling them.</summary>
    public async Task RemoveAsync(IReadOnlyCollection<string> keys)
    {
        var database = await connection.GetDatabaseAsync();

        // The lease first: Garnet deletes one key after the other, and a fill in between must not find its lease and store again.
        Task[] deletions = [.. keys.Select(key => database.KeyDeleteAsync([LeaseKey(key), EntryKey(key)]))];
        await AnnounceAsync(database, deletions, CacheChannel.KeyRemoved, keys);
    }

    /// <summary>Gives tags new generations: every entry stored under the old ones, or on its way there, is lost.</summary>
    public async Task RemoveByTagAsync(IReadOnlyCollection<string> tags)
    {
        if (tags.Count == 0)
        {
            return;
        }

        var database = await connection.GetDatabaseAsync();
        // A factory that learns its tags from its value reads their generations, then the epoch: it must not see the new
        // generation with the old epoch. On one server commands keep their order; on a cluster the first is awaited.
        var epoch = database.StringSetAsync(_epochKey, Bytes(NewToken()), options.TagLifetime);
        if (connection.IsCluster)
        {
            await epoch;
        }

        Task[] generations = [.. tags.Select(tag => database.StringSetAsync(
            tag == CacheNames.Everything ? _everythingKey : TagKey(tag), Bytes(NewToken()), options.TagLifetime))];
        await AnnounceAsync(database, [epoch, .. generations], CacheChannel.TagRemoved, tags);
    }

    // For the first level of other instances, who must not hear of a removal before it has been made. On one server commands keep their
    // order; on a cluster the removals are awaited. A message that this connection loses shows to nobody else: then the removal fails.
    private async Task AnnounceAsync(IDatabase database, Task[] removals, char kind, IReadOnlyCollection<string> names)
    {
        if (connection.IsCluster)
        {
            await Task.WhenAll(removals);
        }

        await Task.WhenAll([.. removals, .. names.Select(name => database.PublishAsync(_channelName, CacheChannel.Message(kind, name)))]);
    }

    // A tag that entries are stored under must not expire before them. Nobody waits for it: a lost tag costs a miss.
    private void KeepTags(IDatabase database, IReadOnlyCollection<string> tags)
    {
        database.KeyExpireAsync(_everythingKey, options.TagLifetime, flags: CommandFlags.FireAndForget);
        foreach (var tag in tags)
        {
            database.KeyExpireAsync(TagKey(tag), options.TagLifetime, flags: CommandFlags.FireAndForget);
        }
    }

    private Task<RedisValue[]> GetManyAsync(IDatabase database, RedisKey[] keys) =>
        connection.IsCluster ? GetEachAsync(database, keys) : database.StringGetAsync(keys);

    private static Task<RedisValue[]> GetEachAsync(IDatabase database, RedisKey[] keys) =>
        Task.WhenAll(Array.ConvertAll(keys, key => database.StringGetAsync(key)));

    // Entry and lease share a hash tag. A closing brace inside the key would end it early.
    private RedisKey EntryKey(string key) => $"{options.KeyPrefix}{{{Escape(key)}}}";

    private RedisKey LeaseKey(string key) => $"{options.KeyPrefix}{{{Escape(key)}}}:lease";

    private RedisKey TagKey(string tag) => $"{options.KeyPrefix}tag:{tag}";

    private static string Escape(string key) => key.AsSpan().ContainsAny('%', '}') ? key.Replace("%", "%25").Replace("}", "%7D") : key;

    private static byte[] Bytes(ulong number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        return bytes;
    }

    private static long Milliseconds(TimeSpan time) => Math.Max(1, (long)time.TotalMilliseconds);
}
