namespace Functions.Redis.Events;

/// <summary>Hears of events that were published with <see cref="OutgoingEvent.Confirm"/> once they are done with.</summary>
public interface IEventConfirmation
{
    /// <summary>The event was handled, or parked. Called before Redis notes it: if the process dies in between, again.</summary>
    Task ConfirmAsync(EventEnvelope settled, CancellationToken cancellationToken);
}
