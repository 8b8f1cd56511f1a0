using Functions.Redis.Events;

namespace Functions.Events;

/// <summary>Who is online, as of a second ago at most: however many ask, a process reads the list once in that time.</summary>
public sealed class OnlineUsers(Presence presence, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task<PresenceAnswer>? _answer;
    private long _readAt;

    /// <summary>The users who are online, the earliest first.</summary>
    public Task<PresenceAnswer> ListAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_answer is null or { IsFaulted: true } || time.GetElapsedTime(_readAt) >= Lifetime)
            {
                (_answer, _readAt) = (ReadAsync(), time.GetTimestamp());
            }

            return _answer.WaitAsync(cancellationToken);
        }
    }

    private async Task<PresenceAnswer> ReadAsync() =>
        new([.. (await presence.ListAsync(CancellationToken.None)).Select(user => new OnlineUser(user.UserId, user.Since))]);
}
