using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Sessions;

/// <summary>Sessions in Redis, and per user an index of them.</summary>
/// <remarks>
/// Session and index may lie on different servers of a cluster, so they are written one after the other, in an order that keeps two
/// promises: every session whose token anybody knows is in its user's index, and a closed session stays closed. A session is stored, then
/// indexed, then its token is handed out; it is deleted, then taken from the index. A new token is given to a session by storing and indexing a copy of it and
/// deleting the session: whoever finds it gone looks again for what has taken its place.
/// </remarks>
/// <param name="connection">The connection to Redis.</param>
/// <param name="options">How long sessions live and what they are called.</param>
/// <param name="time">Measures how long ago this process has last seen a session's activity written; null for the system's.</param>
public sealed class SessionStore(RedisConnection connection, SessionOptions options, TimeProvider? time = null)
{
    private const int TokenBytes = 32;
    private const int TokenLength = 43; // In base64url.
    private const int PrunedPerLogin = 10;
    private const int ListedAtOnce = 100;

    private static readonly RedisScript Create = RedisScript.Load("Sessions/create.lua");
    private static readonly RedisScript Authenticate = RedisScript.Load("Sessions/authenticate.lua");
    private static readonly RedisScript SetData = RedisScript.Load("Sessions/set_data.lua");
    private static readonly RedisScript Copy = RedisScript.Load("Sessions/copy.lua");
    private static readonly RedisScript Take = RedisScript.Load("Sessions/take.lua");
    private static readonly RedisScript Index = RedisScript.Load("Sessions/index.lua");

    private readonly RedisValue _idle = (long)options.IdleLifetime.TotalMilliseconds;
    private readonly RedisValue _absolute = (long)options.AbsoluteLifetime.TotalMilliseconds;

    // What authentication sends beside the key: idle lifetime and touch interval.
    private readonly RedisValue[] _touch = [(long)options.IdleLifetime.TotalMilliseconds, (long)TouchInterval(options).TotalMilliseconds];
    private readonly RecentTouches _touched = new(TouchInterval(options), time ?? TimeProvider.System);

    /// <summary>Opens a session with a new token. Where the user has too many then, the oldest ones are closed.</summary>
    /// <param name="userId">Whose session it is.</param>
    /// <param name="metadata">Shown when the user lists sessions; values longer than allowed are cut.</param>
    /// <param name="lifetime">When it ends at the latest; default, and at most, <see cref="SessionOptions.AbsoluteLifetime"/>.</param>
    /// <param name="cancellationToken">Checked before anything is stored.</param>
    public async Task<NewSession> CreateAsync(
        string userId, IReadOnlyDictionary<string, string>? metadata = null, TimeSpan? lifetime = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(userId);
        var (token, id) = NewToken();
        var kept = metadata?.ToDictionary(pair => pair.Key, pair => Cut(pair.Value));
        var absolute = lifetime < options.AbsoluteLifetime ? (RedisValue)(long)lifetime.Value.TotalMilliseconds : _absolute;

        var database = await connection.GetDatabaseAsync(cancellationToken);
        var record = (byte[])(await Create.EvaluateAsync(
            database, [SessionKey(id)], [_idle, absolute, SessionRecord.Serialize(userId, kept)]))!;
        var reply = (RedisResult[])(await IndexAsync(database, userId, id, predecessor: ""))!;
        await PruneAsync(database, userId, (string[])reply[0]!);
        await CloseSurplusAsync(database, userId, (string[])reply[1]!);
        _touched.Add(id);
        return new NewSession(token, SessionRecord.Parse(id, record));
    }

    /// <summary>
    /// Gives an open session a new token: login, lifetime, metadata and data stay, the old token and handle end. For a change after which a token that somebody
    /// else may know must not go on, such as that of the password.
    /// </summary>
    /// <remarks>
    /// If this is cut off, the old token opens the session, or none does; never both. The copy that may then be left opens for nobody, as its token was not
    /// handed out, and ends with its idle lifetime.
    /// </remarks>
    /// <param name="session">The session, as it was read.</param>
    /// <param name="cancellationToken">Checked before anything is stored.</param>
    /// <returns>The session under its new token; null if it has been closed or has ended.</returns>
    public async Task<NewSession?> RenewAsync(Session session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var (token, id) = NewToken();
        var copied = await database.StringGetAsync(SessionKey(session.Id), CommandFlags.DemandMaster);
        if (copied.IsNull || (await CopyAsync(copied, "NX")).IsNull)
        {
            return null;
        }

        await IndexAsync(database, session.UserId, id, session.Id);
        var last = (RedisValue)await Take.EvaluateAsync(database, [SessionKey(session.Id)], []);
        var renewed = last.IsNull ? RedisValue.Null : await CopyAsync(last, "XX"); // With what was changed since the first copy.
        if (renewed.IsNull)
        {
            await CloseAsync(database, session.UserId, [session.Id, id]);
            return null;
        }

        await RemoveFromIndexAsync(database, session.UserId, [session.Id]);
        _touched.Add(id);
        return new NewSession(token, SessionRecord.Parse(id, (byte[])renewed!));

        async Task<RedisValue> CopyAsync(RedisValue record, string condition) =>
            (RedisValue)await Copy.EvaluateAsync(database, [SessionKey(id)], [record, _idle, condition]);
    }

    /// <summary>The session that <paramref name="token"/> opens, or null; notes that it is in use. One round trip.</summary>
    /// <remarks>A session whose activity this process has just seen written is only read.</remarks>
    public Task<Session?> AuthenticateAsync(string token, CancellationToken cancellationToken = default)
    {
        if (!IsToken(token))
        {
            return Task.FromResult<Session?>(null);
        }

        var id = IdOf(token);
        return _touched.Contains(id) ? ReadAsync(id, cancellationToken) : TouchAsync(id, cancellationToken);
    }

    /// <summary>Whether the session of a handle is still open; does not note that it is in use. One round trip.</summary>
    public async Task<bool> IsOpenAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sessionId);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        return await database.KeyExistsAsync(SessionKey(sessionId), CommandFlags.DemandMaster);
    }

    /// <summary>
    /// Changes the data of a session. Two changes at the same time are made one after the other: whichever comes second is called again with
    /// what the first has made, so neither is lost. One round trip if nobody else changes the data meanwhile.
    /// </summary>
    /// <param name="session">The session, as it was read.</param>
    /// <param name="change">Changes the values; may be called several times.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    /// <returns>The session with its new data, or null if it has been closed or has ended.</returns>
    /// <exception cref="InvalidOperationException">The data would be larger than <see cref="SessionData.MaximumBytes"/>.</exception>
    public async Task<Session?> UpdateDataAsync(Session session, Action<SessionDataEditor> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(change);
        while (true)
        {
            var editor = session.Data.Edit();
            change(editor);

            var database = await connection.GetDatabaseAsync(cancellationToken);
            var reply = await SetData.EvaluateAsync(
                database, [SessionKey(session.Id)], [session.Data.Text, SessionData.Serialize(editor.Values)]);
            if (reply.IsNull)
            {
                return null;
            }

            session = SessionRecord.Parse(session.Id, (byte[])reply[1]!);
            if ((int)reply[0] == 1)
            {
                return session;
            }
        }
    }

    /// <summary>The open sessions of a user, the newest login first.</summary>
    public async Task<IReadOnlyList<Session>> ListAsync(string userId, CancellationToken cancellationToken = default) =>
        [.. (await ListAsync(userId, int.MaxValue, before: null, cancellationToken)).Select(listed => listed.Session)];

    /// <summary>Up to <paramref name="limit"/> open sessions of a user, the newest login first.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="before">The position of the last session of the part before; null for the first.</param>
    /// <param name="cancellationToken">Cancels between two commands.</param>
    public async Task<IReadOnlyList<ListedSession>> ListAsync(string userId, int limit, long? before, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var listed = new List<ListedSession>();
        while (listed.Count < limit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var wanted = Math.Min(limit - listed.Count, ListedAtOnce);
            var entries = await database.SortedSetRangeByScoreWithScoresAsync(
                IndexKey(userId), stop: before ?? double.PositiveInfinity, exclude: Exclude.Stop, order: Order.Descending, take: wanted, flags: CommandFlags.DemandMaster);
            var records = await Task.WhenAll(Array.ConvertAll(
                entries, entry => database.StringGetAsync(SessionKey((string)entry.Element!), CommandFlags.DemandMaster)));
            await RemoveFromIndexAsync(database, userId, [.. entries.Where((_, i) => records[i].IsNull).Select(entry => (string)entry.Element!)]);
            listed.AddRange(entries.Zip(records)
                .Where(pair => !pair.Second.IsNull)
                .Select(pair => new ListedSession(SessionRecord.Parse((string)pair.First.Element!, pair.Second), (long)pair.First.Score)));
            if (entries.Length < wanted)
            {
                break;
            }

            before = (long)entries[^1].Score;
        }

        return listed;
    }

    /// <summary>Closes a user's session by its handle; false if that user has no such session.</summary>
    public async Task<bool> CloseAsync(string userId, string sessionId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sessionId);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        if (await database.SortedSetScoreAsync(IndexKey(userId), sessionId, CommandFlags.DemandMaster) is null)
        {
            return false;
        }

        return await CloseAsync(database, userId, [sessionId]) == 1;
    }

    /// <summary>Closes a session that has been shown, also where the user's index has lost it.</summary>
    public async Task CloseAsync(Session session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        await CloseAsync(await connection.GetDatabaseAsync(cancellationToken), session.UserId, [session.Id]);
    }

    /// <summary>Closes every session of a user, or every one but <paramref name="exceptSessionId"/>; returns how many were open.</summary>
    public async Task<int> CloseAllAsync(string userId, string? exceptSessionId = null, CancellationToken cancellationToken = default)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var closed = 0;
        while (true)
        {
            var ids = (await database.SortedSetRangeByRankAsync(IndexKey(userId), flags: CommandFlags.DemandMaster))
                .Select(id => (string)id!).Where(id => id != exceptSessionId).ToArray();
            var were = await CloseAsync(database, userId, ids);
            closed += were;
            if (were == ids.Length)
            {
                return closed;
            }

            // One that was gone may have got a new token, and is in the index under another id since before it went.
        }
    }

    private async Task<Session?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        return (byte[]?)await database.StringGetAsync(SessionKey(id), CommandFlags.DemandMaster) is { } record ? SessionRecord.Parse(id, record) : null;
    }

    private Task<Session?> TouchAsync(string id, CancellationToken cancellationToken) => Authenticate.EvaluateAsync(
        connection,
        [SessionKey(id)],
        _touch,
        (Touched: _touched, Id: id),
        static (reply, state) =>
        {
            if ((byte[]?)reply is not { } record)
            {
                return null;
            }

            state.Touched.Add(state.Id);
            return SessionRecord.Parse(state.Id, record);
        },
        cancellationToken);

    private async Task<int> CloseAsync(IDatabase database, string userId, string[] ids)
    {
        var deleted = await Task.WhenAll(Array.ConvertAll(ids, id => database.KeyDeleteAsync(SessionKey(id))));
        await RemoveFromIndexAsync(database, userId, ids);
        return deleted.Count(was => was);
    }

    // Of the sessions within the allowed number some may have ended by themselves: then as many of the older ones may stay.
    private async Task CloseSurplusAsync(IDatabase database, string userId, string[] ids)
    {
        if (ids.Length == 0)
        {
            return;
        }

        var allowed = await database.SortedSetRangeByRankAsync(IndexKey(userId), -options.MaximumPerUser, -1, flags: CommandFlags.DemandMaster);
        await PruneAsync(database, userId, Array.ConvertAll(allowed, id => (string)id!));
        var newer = await Task.WhenAll(Array.ConvertAll(
            ids, id => database.SortedSetRankAsync(IndexKey(userId), id, Order.Descending, CommandFlags.DemandMaster)));
        await CloseAsync(database, userId, [.. ids.Where((_, i) => newer[i] >= options.MaximumPerUser)]);
    }

    // Sessions that ended by themselves stay in the index until their absolute lifetime is over; every login looks after some of them.
    private async Task PruneAsync(IDatabase database, string userId, string[] ids)
    {
        var alive = await Task.WhenAll(Array.ConvertAll(ids, id => database.KeyExistsAsync(SessionKey(id), CommandFlags.DemandMaster)));
        await RemoveFromIndexAsync(database, userId, [.. ids.Where((_, i) => !alive[i])]);
    }

    private async Task RemoveFromIndexAsync(IDatabase database, string userId, string[] ids)
    {
        if (ids.Length > 0)
        {
            await database.SortedSetRemoveAsync(IndexKey(userId), Array.ConvertAll(ids, id => (RedisValue)id));
        }
    }

    private Task<RedisResult> IndexAsync(IDatabase database, string userId, string id, string predecessor) =>
        Index.EvaluateAsync(database, [IndexKey(userId)], [id, _absolute, PrunedPerLogin, options.MaximumPerUser, predecessor]);

    private static (string Token, string Id) NewToken()
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        return (token, IdOf(token));
    }

    private static TimeSpan TouchInterval(SessionOptions options) =>
        options.TouchInterval < options.IdleLifetime / 20 ? options.TouchInterval : options.IdleLifetime / 20;

    private RedisKey SessionKey(string id) => options.KeyPrefix + id;

    private RedisKey IndexKey(string userId) => $"{options.KeyPrefix}user:{userId}";

    private string Cut(string value)
    {
        var length = options.MaximumMetadataLength;
        return value.Length <= length ? value : value[..(char.IsHighSurrogate(value[length - 1]) ? length - 1 : length)];
    }

    private static bool IsToken(string token) =>
        token is { Length: TokenLength } && Base64Url.IsValid(token, out var bytes) && bytes == TokenBytes;

    /// <summary>The handle of the session that <paramref name="token"/> opens, if there is one.</summary>
    public static string IdOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (token.Length == TokenLength)
        {
            Span<byte> bytes = stackalloc byte[TokenLength * 3];
            SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(token, bytes)], hash);
        }
        else
        {
            SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        }

        return Base64Url.EncodeToString(hash);
    }
}
