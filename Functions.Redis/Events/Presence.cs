using System.Globalization;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Events;

/// <summary>Who is online: which instances have event streams of a user, and the list that everybody reads.</summary>
/// <remarks>
/// Instances tell in short intervals whose streams they have. What they tell expires: the users of an instance that crashed are offline
/// when the last word of it has.
/// </remarks>
public sealed class Presence(RedisConnection connection, EventOptions options)
{
    private const int ExpiredAtOnce = 500;

    private static readonly RedisScript Arrive = RedisScript.Load("Events/arrive.lua");
    private static readonly RedisScript Leave = RedisScript.Load("Events/leave.lua");
    private static readonly RedisScript SetOnline = RedisScript.Load("Events/set_online.lua");
    private static readonly RedisScript SetOffline = RedisScript.Load("Events/set_offline.lua");
    private static readonly RedisScript ExpireOnline = RedisScript.Load("Events/expire_online.lua");
    private static readonly RedisScript ListOnline = RedisScript.Load("Events/list_online.lua");

    private readonly string _instance = Guid.NewGuid().ToString("N");
    private readonly RedisValue _lifetime = (long)options.PresenceLifetime.TotalMilliseconds;

    private RedisKey Online => $"{{{options.KeyPrefix}presence}}:online";

    private RedisKey Since => $"{{{options.KeyPrefix}presence}}:since";

    /// <summary>This instance has streams of the user; true if no instance had one before.</summary>
    public Task<bool> ArriveAsync(int userId, CancellationToken cancellationToken = default) => ArriveAsync(userId, again: false, cancellationToken);

    /// <summary>This instance still has streams of the user; true if the user is not on the list, so that it has to be told that the user has come.</summary>
    public Task<bool> StayAsync(int userId, CancellationToken cancellationToken = default) => ArriveAsync(userId, again: true, cancellationToken);

    /// <summary>This instance has no stream of the user any more; true if no other has one.</summary>
    public async Task<bool> LeaveAsync(int userId, CancellationToken cancellationToken = default) =>
        (bool)await Leave.EvaluateAsync(await connection.GetDatabaseAsync(cancellationToken), [Instances(userId)], [_instance]);

    /// <summary>Puts the user on the list.</summary>
    public async Task SetOnlineAsync(int userId, DateTimeOffset since, CancellationToken cancellationToken = default) =>
        await SetOnline.EvaluateAsync(
            await connection.GetDatabaseAsync(cancellationToken), [Instances(userId), Online, Since], [userId, since.ToUnixTimeMilliseconds(), _lifetime]);

    /// <summary>Takes the user from the list, unless an instance has a stream of the user.</summary>
    public async Task SetOfflineAsync(int userId, CancellationToken cancellationToken = default) =>
        await SetOffline.EvaluateAsync(await connection.GetDatabaseAsync(cancellationToken), [Instances(userId), Online, Since], [userId]);

    /// <summary>Forgets the user, also where an instance has a stream; one that goes on having it tells so again.</summary>
    public async Task ForgetAsync(int userId, CancellationToken cancellationToken = default)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        await Task.WhenAll(
            database.KeyDeleteAsync(Instances(userId)), database.SortedSetRemoveAsync(Online, userId), database.HashDeleteAsync(Since, userId));
    }

    /// <summary>Takes users from the list whose instances are gone, some hundreds at most; returns them.</summary>
    public async Task<IReadOnlyList<int>> ExpireAsync(CancellationToken cancellationToken = default)
    {
        var gone = (string[])(await ExpireOnline.EvaluateAsync(await connection.GetDatabaseAsync(cancellationToken), [Online, Since], [ExpiredAtOnce]))!;
        return Array.ConvertAll(gone, user => int.Parse(user, CultureInfo.InvariantCulture));
    }

    /// <summary>The users who are online, and since when.</summary>
    public async Task<IReadOnlyList<(int UserId, DateTimeOffset Since)>> ListAsync(CancellationToken cancellationToken = default)
    {
        var reply = (long[])(await ListOnline.EvaluateAsync(await connection.GetDatabaseAsync(cancellationToken), [Online, Since], []))!;
        return [.. reply.Chunk(2).Select(entry => ((int)entry[0], DateTimeOffset.FromUnixTimeMilliseconds(entry[1]))).OrderBy(entry => entry.Item2)];
    }

    private async Task<bool> ArriveAsync(int userId, bool again, CancellationToken cancellationToken) =>
        (bool)await Arrive.EvaluateAsync(
            await connection.GetDatabaseAsync(cancellationToken), [Instances(userId), Online, Since], [userId, _instance, _lifetime, again ? 1 : 0]);

    private RedisKey Instances(int userId) => $"{{{options.KeyPrefix}presence}}:user:{userId}";
}
