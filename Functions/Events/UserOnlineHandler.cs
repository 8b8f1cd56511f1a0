using Functions.Redis.Events;

namespace Functions.Events;

/// <summary>Puts a user who has come on the list of those who are online.</summary>
public sealed class UserOnlineHandler(Presence presence) : IEventHandler<UserPresence>
{
    /// <inheritdoc/>
    public Task HandleAsync(ReceivedEvent<UserPresence> received, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(received);
        return presence.SetOnlineAsync(received.Data.UserId, received.Timestamp, cancellationToken);
    }
}
