namespace Functions.Redis.Events;

/// <summary>An event that could not be handled, as it is kept for people to look at.</summary>
/// <param name="Id">What it is found by: 32 hexadecimal digits.</param>
/// <param name="Channel">Where it was published.</param>
/// <param name="Reason">Why it is parked.</param>
/// <param name="ParkedAt">Since when.</param>
/// <param name="Message">The event as it was published; cut at 4,096 characters.</param>
public sealed record ParkedEvent(string Id, string Channel, string Reason, DateTimeOffset ParkedAt, string Message)
{
    /// <summary>The event; null if the message is none, or has been cut.</summary>
    public EventEnvelope? Envelope => EventEnvelope.TryParse(Message, out var envelope) ? envelope : null;
}
