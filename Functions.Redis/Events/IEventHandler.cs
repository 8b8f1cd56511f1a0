namespace Functions.Redis.Events;

/// <summary>Handles events of one type.</summary>
/// <typeparam name="TData">What the event's data is read as.</typeparam>
/// <remarks>
/// An event is handled by one instance, events of a type on a channel one after the other. If the instance dies before it could note that,
/// another handles the event again: what a handler does must be harmless when it is done twice, for instance by the event's id.
/// </remarks>
public interface IEventHandler<TData>
{
    /// <summary>Handles one event. What it throws makes it be called again later, and in the end parks the event.</summary>
    Task HandleAsync(ReceivedEvent<TData> received, CancellationToken cancellationToken);
}
