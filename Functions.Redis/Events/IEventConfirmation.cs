namespace Functions.Redis.Events;

/// <summary>Hears of events that were published with <see cref="OutgoingEvent.Confirm"/> once they are done with.</summary>
public interface IEventConfirmation
{
    /// <summary>The event was handled. Called before Redis notes it: if the process dies in between, again.</summary>
    Task ConfirmAsync(EventEnvelope settled, CancellationToken cancellationToken);

    /// <summary>
    /// The event has failed too often and is about to be parked. Redis forgets its id, so that it is tried again when it is published again. Called before
    /// Redis notes it: if the process dies in between, again.
    /// </summary>
    Task ParkAsync(EventEnvelope parked, CancellationToken cancellationToken);
}
