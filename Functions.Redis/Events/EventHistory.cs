namespace Functions.Redis.Events;

/// <summary>Part of a channel's history.</summary>
/// <param name="Head">The number of the newest event.</param>
/// <param name="From">The position that the events follow; greater than the one asked for if events in between have left the history.</param>
/// <param name="Events">The events, in order.</param>
internal sealed record EventHistory(long Head, long From, IReadOnlyList<EventEnvelope> Events);
