using Functions.Redis.Events;

namespace Functions.Events;

/// <summary>Takes a user who has gone from the list of those who are online.</summary>
public sealed class UserOfflineHandler(Presence presence) : IEventHandler<UserPresence>
{
    /// <inheritdoc/>
    public Task HandleAsync(ReceivedEvent<UserPresence> received, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(received);
        return presence.SetOfflineAsync(received.Data.UserId, cancellationToken);
    }
}
