namespace Functions.Redis.Events;

/// <summary>What a worker has to handle on a channel that it has claimed.</summary>
/// <param name="Deferred">Events that were put aside, in order.</param>
/// <param name="Behind">Events behind the handled position, in order.</param>
internal sealed record EventClaim(IReadOnlyList<DeferredEvent> Deferred, IReadOnlyList<EventEnvelope> Behind);
