using Functions.Redis.Events;

namespace Functions.Users;

/// <summary>Has what a deleted account leaves behind deleted.</summary>
public sealed class UserDeletedHandler(Leftovers leftovers) : IEventHandler<UserDeleted>
{
    /// <inheritdoc/>
    public Task HandleAsync(ReceivedEvent<UserDeleted> received, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(received);
        return leftovers.EnqueueAsync(new LeftoversPayload(received.Data, Pass: 0), cancellationToken);
    }
}
