using System.Buffers.Binary;
using System.Runtime.CompilerServices;
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
    private readonly string _entryPrefix = options.KeyPrefix + "{";
    private readonly string _tagPrefix = options.KeyPrefix + "tag:";
    private readonly RedisKey _everythingKey = options.KeyPrefix + "everything";
    private readonly RedisKey _epochKey = options.KeyPrefix + "epoch";
    private readonly RedisValue _leaseDuration = Milliseconds(options.LeaseDuration);
    private readonly RedisValue _tagLifetime = Milliseconds(options.TagLifetime);

    /// <summary>
    /// For commands that are sent at once; null where that cannot be. It may turn null at any time: who has it keeps it for what is sent together.
    /// </summary>
    public IDatabase? Database => connection.Database;

    /// <summary>A number that is never drawn twice.</summary>
    /// <remarks>Nobody gains by guessing it: who can write to Redis needs no number for it.</remarks>
#pragma warning disable CA5394 // Seeded by the operating system, for each thread anew.
    public static ulong NewToken()
    {
        Span<byte> bytes = stackalloc byte[8];
        Random.Shared.NextBytes(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
#pragma warning restore CA5394

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
        var remaining = withRemaining ? database.KeyTimeToLiveAsync(plan.Keys[0], CommandFlags.DemandMaster) : null;
        var reply = await GetManyAsync(database, plan.Keys);
        return Read(plan, reply, remaining is null ? null : await remaining);
    }

    /// <summary>What a reply tells.</summary>
    public static CacheRead Read(CacheReadPlan plan, RedisValue[] reply, TimeSpan? remaining = null) => new(
        reply[0].IsNull ? (ReadOnlyMemory<byte>?)null : (ReadOnlyMemory<byte>)reply[0], new TagGenerations(plan.Tags, reply), remaining);

    /// <summary>Sends the command of a read at once.</summary>
    public Task<RedisValue[]> Send(IDatabase database, CacheReadPlan plan) => GetManyAsync(database, plan.Keys);

    /// <summary>How long an entry is still kept; null if it is gone.</summary>
    public async Task<TimeSpan?> ReadRemainingAsync(string key)
    {
        var database = await connection.GetDatabaseAsync();
        return await database.KeyTimeToLiveAsync(EntryKey(key), CommandFlags.DemandMaster);
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
            database, [tag is null ? _everythingKey : TagKey(tag)], [Bytes(NewToken()), _tagLifetime]);
        return TagGenerations.Parse(generation) is null ? throw new RedisException("The generation of a tag is not 8 bytes long.") : generation;
    }

    /// <summary>The number that changes before any tag is invalidated.</summary>
    public async Task<RedisValue> ReadEpochAsync()
    {
        var database = await connection.GetDatabaseAsync();
        return await database.StringGetAsync(_epochKey, CommandFlags.DemandMaster);
    }

    /// <summary>The generations of <paramref name="tags"/>, null where there is none, and the epoch from after they were read.</summary>
    public async Task<(RedisValue[] Generations, RedisValue Epoch)> ReadBeforeEpochAsync(string[] tags)
    {
        // Plain commands keep their order on one connection; on a cluster there are several, and the first answers are awaited.
        var generations = ReadGenerationsAsync(tags);
        if (connection.IsCluster || connection.Database is null)
        {
            await generations;
        }

        var epoch = ReadEpochAsync();
        await Task.WhenAll(generations, epoch);
        return (await generations, await epoch);
    }

    /// <summary>The keys of an entry and its lease, as the scripts take them.</summary>
    public RedisKey[] LeaseKeys(string key)
    {
        var entry = EntryKey(key);
        return [entry, LeaseKey(entry)];
    }

    /// <summary>
    /// Asks at once for a lease that nobody holds. Whether there is an entry, which the lease is not for, shows only in a read that is sent
    /// afterwards.
    /// </summary>
    /// <returns>Whether it is granted.</returns>
    public Task<bool> ClaimAsync(IDatabase database, CacheLease lease) => database.StringSetAsync(
        lease.Keys[1], Bytes(lease.Token, lease.Fingerprint), options.LeaseDuration, When.NotExists);

    /// <summary>Asks for the lease of an entry.</summary>
    /// <returns>The token of who holds it: that of <paramref name="lease"/> if it is granted, null if the entry was filled since it was read.</returns>
    public async Task<ulong?> AcquireAsync(CacheLease lease, ReadOnlyMemory<byte> seenFill)
    {
        var database = await connection.GetDatabaseAsync();
        var reply = (byte[])(await Acquire.EvaluateAsync(
            database, lease.Keys, [Bytes(lease.Token), Bytes(lease.Fingerprint), seenFill, _leaseDuration]))!;
        return reply.Length switch
        {
            0 => lease.Token,
            1 => null,
            _ => BinaryPrimitives.ReadUInt64LittleEndian(reply),
        };
    }

    /// <summary>Stores what a factory returned; false if its lease is gone.</summary>
    /// <remarks>The command is on its way when this returns, where there is a connection.</remarks>
    public async Task<bool> FillAsync(CacheLease lease, byte[] payload, TimeSpan expiration)
    {
        var database = connection.Database ?? await connection.GetDatabaseAsync();
        return (bool)await Fill.EvaluateAsync(database, lease.Keys, [Bytes(lease.Token), payload, Milliseconds(expiration), _channel, lease.Key]);
    }

    /// <summary>Prolongs a lease; false if it is gone.</summary>
    public async Task<bool> RenewAsync(CacheLease lease)
    {
        var database = await connection.GetDatabaseAsync();
        return (bool)await Renew.EvaluateAsync(database, lease.Keys, [Bytes(lease.Token), _leaseDuration]);
    }

    /// <summary>Whether the lease of an entry is the one named <paramref name="token"/>.</summary>
    public async Task<bool> IsHeldByAsync(string key, ulong token)
    {
        var database = await connection.GetDatabaseAsync();
        return await database.StringGetAsync(LeaseKey(EntryKey(key)), CommandFlags.DemandMaster) is { IsNull: false } lease && ((byte[])lease!).AsSpan().StartsWith(Bytes(token));
    }

    /// <summary>Gives a lease back.</summary>
    public async Task ReleaseAsync(CacheLease lease)
    {
        var database = await connection.GetDatabaseAsync();
        await Release.EvaluateAsync(database, lease.Keys, [Bytes(lease.Token), _channel, lease.Key]);
    }

    /// <summary>
    /// Lets a tag that entries are stored under (<c>*</c>: everything) live on, so that it does not expire before them. Nobody waits for it:
    /// a lost tag costs a miss.
    /// </summary>
    public void KeepTag(string tag) => connection.Database?.KeyExpireAsync(GenerationKey(tag), options.TagLifetime, flags: CommandFlags.FireAndForget);

    /// <summary>Stores a value, over whatever is there or on its way; <paramref name="token"/> tells this set from others.</summary>
    public async Task SetAsync(string key, byte[] payload, TimeSpan expiration, ulong token)
    {
        var database = await connection.GetDatabaseAsync();
        await SetScript.EvaluateAsync(
            database,
            LeaseKeys(key),
            [payload, Milliseconds(expiration), _channel, CacheChannel.SetMessage(key, token)]);
    }

    /// <summary>Removes entries, and the leases of whoever is filling them.</summary>
    public async Task RemoveAsync(IReadOnlyList<string> keys)
    {
        var database = connection.Database ?? await connection.GetDatabaseAsync();
        var sent = new Task[2 * keys.Count];
        for (var i = 0; i < keys.Count; i++)
        {
            // The lease first: Garnet deletes one key after the other, and a fill in between must not find its lease and store again.
            var entry = EntryKey(keys[i]);
            sent[i] = database.KeyDeleteAsync([LeaseKey(entry), entry]);
        }

        await AnnounceAsync(database, sent, CacheChannel.KeyRemoved, keys);
    }

    /// <summary>Gives tags new generations: every entry stored under the old ones, or on its way there, is lost.</summary>
    public async Task RemoveByTagAsync(IReadOnlyList<string> tags)
    {
        var database = connection.Database ?? await connection.GetDatabaseAsync();
        var sent = new Task[1 + (2 * tags.Count)];

        // A factory that learns its tags from its value reads their generations, then the epoch: it must not see the new
        // generation with the old epoch. On one server commands keep their order; on a cluster the first is awaited.
        sent[0] = database.StringSetAsync(_epochKey, Bytes(NewToken()), options.TagLifetime);
        if (connection.IsCluster)
        {
            await sent[0];
        }

        for (var i = 0; i < tags.Count; i++)
        {
            sent[i + 1] = database.StringSetAsync(GenerationKey(tags[i]), Bytes(NewToken()), options.TagLifetime);
        }

        await AnnounceAsync(database, sent, CacheChannel.TagRemoved, tags);
    }

    // For the first level of other instances, who must not hear of a removal before it has been made. On one server commands keep their
    // order; on a cluster the removals are awaited. A message that this connection loses shows to nobody else: then the removal fails.
    private async Task AnnounceAsync(IDatabase database, Task[] sent, char kind, IReadOnlyList<string> names)
    {
        var removals = sent.Length - names.Count;
        if (connection.IsCluster)
        {
            await Task.WhenAll(sent.AsSpan(0, removals));
        }

        for (var i = 0; i < names.Count; i++)
        {
            sent[removals + i] = database.PublishAsync(_channelName, CacheChannel.Message(kind, names[i]));
        }

        // The answers come in this order: who waits for the last one is woken once.
        await sent[^1].ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(sent);
    }

    private Task<RedisValue[]> GetManyAsync(IDatabase database, RedisKey[] keys) =>
        connection.IsCluster ? GetEachAsync(database, keys) : database.StringGetAsync(keys, CommandFlags.DemandMaster);

    private static Task<RedisValue[]> GetEachAsync(IDatabase database, RedisKey[] keys) =>
        Task.WhenAll(Array.ConvertAll(keys, key => database.StringGetAsync(key, CommandFlags.DemandMaster)));

    // Entry and lease share a hash tag. A closing brace inside the key would end it early.
    private string EntryKey(string key) => string.Concat(_entryPrefix, Escape(key), "}");

    private static string LeaseKey(string entryKey) => entryKey + ":lease";

    private RedisKey GenerationKey(string tag) => tag == CacheNames.Everything ? _everythingKey : TagKey(tag);

    private RedisKey TagKey(string tag) => _tagPrefix + tag;

    private static string Escape(string key) => key.AsSpan().ContainsAny('%', '}') ? key.Replace("%", "%25").Replace("}", "%7D") : key;

    private static byte[] Bytes(ulong number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        return bytes;
    }

    private static byte[] Bytes(ulong first, ulong second)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, first);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), second);
        return bytes;
    }

    private static long Milliseconds(TimeSpan time) => Math.Max(1, (long)time.TotalMilliseconds);
}
