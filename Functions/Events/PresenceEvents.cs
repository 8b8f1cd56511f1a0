using System.Collections.Concurrent;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Microsoft.Extensions.Logging;

namespace Functions.Events;

/// <summary>Publishes <c>user_online</c> and <c>user_offline</c> when a user's first stream opens and the last one closes.</summary>
/// <remarks>They go to the user's own channel: sent to everybody, a thousand users who come would make a million messages.</remarks>
public sealed partial class PresenceEvents(
    Presence presence, EventPublisher publisher, EventOptions options, TimeProvider time, ILogger<PresenceEvents> logger)
{
    private readonly ConcurrentDictionary<int, (int Streams, long Since)> _users = new();
    private long _lastHeartbeat;

    /// <summary>A stream of the user opens here; returns how many there are now. Even if this fails, <see cref="Close"/> has to follow.</summary>
    public async Task<int> OpenAsync(int userId)
    {
        var now = time.GetTimestamp();
        var count = _users.AddOrUpdate(userId, (1, now), (_, user) => (user.Streams + 1, now)).Streams;
        if (count == 1)
        {
            // Whatever becomes of the stream: half told is worse than told for nothing, which the grace period makes up for.
            await PublishIfAsync(presence.ArriveAsync, UserPresence.Online, userId, CancellationToken.None);
        }

        return count;
    }

    /// <summary>A stream of the user has closed here.</summary>
    public void Close(int userId)
    {
        // At shutdown everybody has left already.
        while (_users.TryGetValue(userId, out var user) && !_users.TryUpdate(userId, (user.Streams - 1, time.GetTimestamp()), user))
        {
        }
    }

    /// <summary>Says who is still here, and who has gone; called every few seconds.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        var interval = options.PresenceLifetime / 3;
        var isHeartbeat = time.GetElapsedTime(_lastHeartbeat) >= interval;
        if (isHeartbeat)
        {
            _lastHeartbeat = time.GetTimestamp();
        }

        var work = new List<Task>();
        foreach (var entry in _users)
        {
            if (entry.Value.Streams > 0)
            {
                if (isHeartbeat)
                {
                    // Who has come just now need not be on the list yet.
                    var isSettled = time.GetElapsedTime(entry.Value.Since) >= interval;
                    work.Add(PublishIfAsync(isSettled ? presence.StayAsync : presence.ArriveAsync, UserPresence.Online, entry.Key, cancellationToken));
                }
            }
            else if (time.GetElapsedTime(entry.Value.Since) >= options.PresenceGrace && _users.TryRemove(entry))
            {
                work.Add(LeaveAsync(entry.Key, cancellationToken));
            }
        }

        await Task.WhenAll(work);
    }

    /// <summary>Says that everybody who is here goes: the process ends.</summary>
    public Task LeaveAllAsync(CancellationToken cancellationToken)
    {
        var users = _users.Keys.ToArray();
        _users.Clear();
        return Task.WhenAll(users.Select(user => LeaveAsync(user, cancellationToken)));
    }

    /// <summary>Publishes that users are gone whose instance has crashed.</summary>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        foreach (var user in await presence.ExpireAsync(cancellationToken))
        {
            await publisher.PublishToUserAsync(user, UserPresence.Offline, new UserPresence(user), cancellationToken);
        }
    }

    private Task LeaveAsync(int userId, CancellationToken cancellationToken) =>
        PublishIfAsync(presence.LeaveAsync, UserPresence.Offline, userId, cancellationToken);

    private async Task PublishIfAsync(Func<int, CancellationToken, Task<bool>> changeAsync, string type, int userId, CancellationToken cancellationToken)
    {
        try
        {
            if (await changeAsync(userId, cancellationToken))
            {
                await publisher.PublishToUserAsync(userId, type, new UserPresence(userId), cancellationToken);
            }
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            LogUntold(userId, type, exception.Message);
        }
    }

    // The next heartbeat tells that somebody is here, and what is not extended expires.
    [LoggerMessage(1, LogLevel.Warning, "User {UserId}: {Type} could not be published: {Reason}")]
    private partial void LogUntold(int userId, string type, string reason);
}
