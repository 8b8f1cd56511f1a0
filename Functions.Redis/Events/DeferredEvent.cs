namespace Functions.Redis.Events;

/// <summary>An event that was put aside.</summary>
/// <param name="Envelope">The event.</param>
/// <param name="Attempts">How often it has failed; 0 if it only has to stay behind one that did.</param>
/// <param name="Wait">How long until it is due; not positive if it is.</param>
internal sealed record DeferredEvent(EventEnvelope Envelope, int Attempts, TimeSpan Wait);
